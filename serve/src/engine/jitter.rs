//! Packets into their order. One that is missing is waited for, for a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::order::MAX_MISORDER;

/// How long a packet waits for those before it. Voice over IP plans for jitter of some 50 ms
/// (ITU-T Y.1541, classes 0 and 1); nobody hears what is late here, so it may be twice that.
pub const PATIENCE: Duration = Duration::from_millis(100);
/// Packets that wait at most.
pub const MAX_WAITING: usize = 64;

/// The packets of one track that wait.
#[derive(Debug)]
pub struct Jitter<T> {
    /// The number that comes next.
    next: Option<u64>,
    waiting: BTreeMap<u64, (Instant, T)>,
    /// The number that would show that the sender has started again.
    again: Option<u64>,
}

impl<T> Default for Jitter<T> {
    fn default() -> Self {
        Self {
            next: None,
            waiting: BTreeMap::new(),
            again: None,
        }
    }
}

impl<T> Jitter<T> {
    /// Takes a packet; appends those whose turn it is.
    pub fn put(&mut self, number: u64, packet: T, now: Instant, out: &mut Vec<T>) {
        let Some(next) = self.next.or_else(|| self.begin(number, out)) else {
            self.waiting.insert(number, (now, packet));
            return;
        };
        if number < next {
            // What became of its place is known behind this: late, repeated, or started again.
            let restarted = self.again == Some(number);
            let is_far = next - number > MAX_MISORDER;
            self.again = is_far.then(|| number.saturating_add(1));
            if restarted {
                self.flush(out);
                self.next = Some(number.saturating_add(1));
            }
            out.push(packet);
            return;
        }
        self.again = None;
        if number - next > MAX_WAITING as u64 {
            // So far ahead, nothing between is on its way.
            self.flush(out);
            self.next = Some(number);
        }
        self.waiting.entry(number).or_insert((now, packet));
        self.release(out);
        while self.waiting.len() > MAX_WAITING {
            self.skip(out);
        }
    }

    /// The number that comes first, once the second packet has come: it may have overtaken it.
    fn begin(&mut self, number: u64, out: &mut Vec<T>) -> Option<u64> {
        let (&first, _) = self.waiting.first_key_value()?;
        let was_overtaken = number < first && first - number <= MAX_WAITING as u64;
        self.next = Some(if was_overtaken { number } else { first });
        self.release(out);
        self.next
    }

    /// When a packet has waited long enough, if one waits.
    pub fn due(&self) -> Option<Instant> {
        let come = self.waiting.values().map(|(come, _)| *come);
        come.min().map(|come| come + PATIENCE)
    }

    /// Appends the packets that have waited long enough, and those before them.
    pub fn take_due(&mut self, now: Instant, out: &mut Vec<T>) {
        while self.due().is_some_and(|due| due <= now) {
            self.skip(out);
        }
    }

    /// Appends all that wait.
    pub fn flush(&mut self, out: &mut Vec<T>) {
        while !self.waiting.is_empty() {
            self.skip(out);
        }
    }

    /// Gives up on what is missing before the first that waits.
    fn skip(&mut self, out: &mut Vec<T>) {
        if let Some((number, _)) = self.waiting.first_key_value() {
            self.next = Some(*number);
            self.release(out);
        }
    }

    /// Appends what is in order.
    fn release(&mut self, out: &mut Vec<T>) {
        while let Some(entry) = self.waiting.first_entry()
            && Some(*entry.key()) == self.next
        {
            self.next = Some(entry.key().saturating_add(1));
            out.push(entry.remove().1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Puts numbers, 20 ms apart; gives what comes out at each.
    fn run(numbers: &[u64]) -> Vec<Vec<u64>> {
        let (mut jitter, start) = (Jitter::default(), Instant::now());
        let mut all = Vec::new();
        for (i, &number) in numbers.iter().enumerate() {
            let now = start + Duration::from_millis(20 * i as u64);
            let mut out = Vec::new();
            jitter.take_due(now, &mut out);
            jitter.put(number, number, now, &mut out);
            all.push(out);
        }
        all
    }

    #[test]
    fn in_order_nothing_waits() {
        assert_eq!(run(&[7, 8, 9]), [vec![], vec![7, 8], vec![9]]);
    }

    #[test]
    fn the_first_may_be_overtaken_as_well() {
        assert_eq!(run(&[8, 7, 9]), [vec![], vec![7, 8], vec![9]]);
        // One alone does not wait for long; a sender that starts again has overtaken nobody.
        assert_eq!(run(&[1_000, 5, 6]), [vec![], vec![1_000, 5], vec![6]]);
        let (mut jitter, now) = (Jitter::default(), Instant::now());
        let mut out = Vec::new();
        jitter.put(8, 8, now, &mut out);
        jitter.take_due(now + PATIENCE, &mut out);
        assert_eq!(out, [8]);
    }

    #[test]
    fn what_was_overtaken_is_put_back() {
        assert_eq!(
            run(&[1, 3, 4, 2, 5]),
            [vec![], vec![1], vec![], vec![2, 3, 4], vec![5]]
        );
    }

    #[test]
    fn a_missing_packet_is_waited_for_100_ms() {
        let found = run(&[1, 3, 4, 5, 6, 7, 8, 2]);
        // 3 came at 20 ms, and goes at 120 ms.
        assert_eq!(found[5], [] as [u64; 0]);
        assert_eq!(found[6], [3, 4, 5, 6, 7, 8]);
        // What is late is handed on, for others to count.
        assert_eq!(found[7], [2]);
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let mut jitter = Jitter::default();
        let (now, mut out) = (Instant::now(), Vec::new());
        jitter.put(0, 0, now, &mut out);
        jitter.flush(&mut out);
        for number in 2..=MAX_WAITING as u64 + 1 {
            jitter.put(number, number, now, &mut out);
        }
        assert_eq!((out.len(), jitter.waiting.len()), (1, MAX_WAITING));
        jitter.put(MAX_WAITING as u64 + 2, 0, now, &mut out);
        assert_eq!(jitter.waiting.len(), 0);
        // Far ahead: those that wait go first.
        out.clear();
        jitter.put(100, 100, now, &mut out);
        jitter.put(1 << 40, 1 << 40, now, &mut out);
        assert_eq!(out, [100, 1 << 40]);
    }

    #[test]
    fn two_in_a_row_far_back_show_a_sender_that_starts_again() {
        let mut jitter = Jitter::default();
        let (now, mut out) = (Instant::now(), Vec::new());
        for number in [1_000, 1_001, 990, 991, 5, 6, 8, 7] {
            jitter.put(number, number, now, &mut out);
        }
        // From there on they are put into their order again; the late ones were none of these.
        assert_eq!(out, [1_000, 1_001, 990, 991, 5, 6, 7, 8]);
    }
}
