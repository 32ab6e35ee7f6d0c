// What pages do beyond their HTML: copying, and menus that close. Everything else works without.
(() => {
  const root = document.documentElement;
  root.classList.add('js');

  const say = (text) => {
    const live = document.getElementById('live');
    if (live) live.textContent = text;
  };

  // Where the clipboard is out of reach (plain http on another machine) the text is selected, for the user to copy.
  const copy = async (source) => {
    const text = source.textContent;
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = window.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      return false;
    }
  };

  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (button) {
      const source = document.getElementById(button.dataset.copy);
      if (!source) return;
      const copied = await copy(source);
      const label = button.querySelector('span') ?? button;
      label.textContent = copied ? 'Copied' : 'Selected';
      button.classList.add('done');
      say(copied ? 'Copied to the clipboard' : 'Selected: press Ctrl C to copy');
      setTimeout(() => {
        label.textContent = 'Copy';
        button.classList.remove('done');
      }, 1800);
      return;
    }
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
  });
})();
