//! The memory that this process took.

/// The most that it had at once, bytes, as Linux counts it; `None` elsewhere.
pub fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    peak(&status)
}

/// The high-water mark of proc_pid_status(5), which is in kB of 1024 bytes.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_read() {
        let status = "Name:\tvoxhumana\nVmPeak:\t  900 kB\nVmHWM:\t   123456 kB\nVmRSS:\t 5 kB\n";
        assert_eq!(peak(status), Some(126_418_944));
        assert_eq!(peak("VmHWM:\tmuch\n"), None);
        if cfg!(target_os = "linux") {
            assert!(peak_bytes().unwrap() > 100_000);
        }
    }
}
