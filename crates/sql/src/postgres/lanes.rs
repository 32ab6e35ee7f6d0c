//! How many units of work run at once, found out by trying.
//!
//! Units of one tenant meet at its counters: run side by side, all but one are wasted. Units of many tenants never meet.
//! Which it is only the server knows, so a node does as TCP does: a little more after each success, a good deal less
//! after each conflict.

/// The number of lanes that are open; between one and all.
#[derive(Debug)]
pub(super) struct Lanes {
    open: f64,
    all: f64,
}

impl Lanes {
    pub(super) fn new(all: usize) -> Lanes {
        Lanes { open: all as f64, all: all as f64 }
    }

    /// How many units may run now.
    pub(super) fn open(&self) -> usize {
        self.open as usize
    }

    /// A unit went through at the first try: a twentieth of a lane more.
    pub(super) fn went_through(&mut self) {
        self.open = (self.open + 0.05).min(self.all);
    }

    /// A unit met another: a third of the lanes less.
    pub(super) fn collided(&mut self) {
        self.open = (self.open * 0.67).max(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_one_lane_and_never_more_than_all() {
        let mut lanes = Lanes::new(8);
        (0..100).for_each(|_| lanes.went_through());
        assert_eq!(lanes.open(), 8);
        (0..100).for_each(|_| lanes.collided());
        assert_eq!(lanes.open(), 1);
        (0..20).for_each(|_| lanes.went_through());
        assert_eq!(lanes.open(), 2);
    }
}
