//! What the operating system knows of a process: Linux's `/proc`.

use std::fs;

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Clock ticks a second in `/proc`; a constant of Linux's interface.
const TICKS: f64 = 100.0;

/// Processor time that a process has used, in seconds of one core.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).context("reading a process's times")?;
    // The name stands in brackets and may hold blanks; user and system time are the 12th and 13th after it.
    let (_, after) = text.rsplit_once(')').context("no name in /proc/PID/stat")?;
    let times = after.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.map(|word| word.parse().unwrap_or(0_u64)).sum();
    Ok(ticks as f64 / TICKS)
}

/// Resident memory now, in MB of 10^6 bytes.
pub fn resident(pid: u32) -> Result<f64> {
    status(pid, "VmRSS:")
}

/// The most that was resident since the start or the last [`forget_peak`].
pub fn peak(pid: u32) -> Result<f64> {
    status(pid, "VmHWM:")
}

/// Starts the search for the peak again.
pub fn forget_peak(pid: u32) -> Result<()> {
    fs::write(format!("/proc/{pid}/clear_refs"), "5").context("resetting a process's peak")
}

fn status(pid: u32, name: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).context("reading a process's memory")?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)).context("no such line of memory")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").parse().context("memory is a number")?;
    Ok(kib * 1024.0 / 1e6)
}

/// The machine's load of the last minute, this run's own included.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// While it lives, this thread and what it starts have one core; then this thread has those that it had before.
pub struct Pinned {
    before: CpuSet,
}

impl Pinned {
    /// Two cores that this thread may use.
    pub fn two_cores() -> Result<(usize, usize)> {
        let mine = sched_getaffinity(None).context("asking for this thread's cores")?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| mine.is_set(*core));
        cores.next().zip(cores.next()).context("this needs two cores")
    }

    /// This core alone.
    pub fn to(core: usize) -> Result<Self> {
        let before = sched_getaffinity(None).context("asking for this thread's cores")?;
        let mut only = CpuSet::new();
        only.set(core);
        sched_setaffinity(None, &only).context("choosing a core")?;
        Ok(Self { before })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // They were its cores before, so that this cannot be refused.
        let _ = sched_setaffinity(None, &self.before);
    }
}
