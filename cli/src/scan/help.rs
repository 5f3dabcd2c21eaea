//! Texts in the help of a scan, beside its flags.

/// Scans from the first to the big one, and how they end.
pub const EXAMPLES: &str = "\
Examples; the word scan may be left out:
  voxhumana scan call.wav
      One recording, a table for people.
  voxhumana scan --channels agent,caller --threshold low-false-alarm calls/
      All recordings in a folder of two-channel calls; flag fewer humans, miss more machines.
  voxhumana scan --format jsonl calls/ > results.jsonl
      For programs. Pick out what was flagged:
      jq -r 'select(.data.verdict == \"synthetic\").data.path' results.jsonl
  voxhumana scan --format jsonl --output results.jsonl --resume calls/
      A big folder. Interrupted, the same command goes on where it was.
  voxhumana scan --windows --format jsonl --output results.jsonl --metadata calls.csv calls/
      With queue, agent and caller from a table, and with what voxhumana report needs to give
      verdicts at another threshold.
  voxhumana scan --html pages calls/
      A page for people for each recording that is flagged or inconclusive: open pages/index.html.
  voxhumana scan --format csv --labels marks --output calls.csv calls/
      A table, and for each recording a label track for Audacity.
  voxhumana scan --config office.toml --fail-on synthetic,inconclusive --quiet calls/
      For a script: flags from a file, an exit code, and no talk.
  voxhumana scan --include '2026-11-*/*.wav' --exclude test calls/
      Part of a folder.
  voxhumana scan --evidence case.json --evidence-key investigator.pem calls/
      A record that another organisation can check: voxhumana keygen --help, voxhumana verify
      --help.
  voxhumana scan --raw-codec mulaw --raw-rate 8000 call.ul
      What a telephone system wrote without a header.
  ffmpeg -v error -i meeting.amr -f wav - | voxhumana scan -
      What this program cannot decode itself.

Exit codes:
  0  every recording was scanned, none was flagged
  1  every recording was scanned, at least one was flagged as synthetic (or what --fail-on says)
  2  something could not be scanned, or the command line was wrong; the rest was still scanned
  130  interrupted by Ctrl-C or SIGTERM; what was written until then is whole

Standard output carries results, standard error what is for people.
\"Bona fide\" is no proof of identity: replays and human impostors are bona fide speech.";
