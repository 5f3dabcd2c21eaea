//! Texts in the help of the command, beside the list of its verbs.

/// How it is called.
pub const USAGE: &str = "voxhumana [scan] [OPTIONS] <FILE|FOLDER|->...\n       \
     voxhumana <VERB> [OPTIONS] [ARGUMENTS]";

/// What to do first, of a command line without a word.
pub const NOTHING: &str = "\
voxhumana tells AI-generated voices from human ones in recordings, on this machine.

  voxhumana scan --demo
      The call that comes with the program: what a result looks like.
  voxhumana --html pages calls/
      Your own: a verdict on each channel, and a page for each recording that is not bona fide.
  voxhumana watch calls/ --output results.jsonl
      A folder that calls arrive in: each is scanned when it is complete.

voxhumana --help has the rest.";

/// The first steps.
pub const FIRST: &str = "\
First:
  voxhumana scan --demo         the call that comes with the program
  voxhumana call.wav            one recording: a verdict on each of its channels
  voxhumana --html pages calls/ a folder: a page for each recording that is not bona fide
  voxhumana scan --help         all that a scan can do, with examples
  voxhumana --help              an example of each verb, and the exit codes";

/// An example of each verb.
pub const EVERY_VERB: &str = "\
Each verb by an example; VERB --help has more:
  voxhumana call.wav
      A verdict on each channel of a recording. The same as voxhumana scan call.wav; a recording
      that is called like a verb is ./NAME.
  voxhumana scan --format jsonl --output results.jsonl calls/
      All recordings in a folder, one line for each, for programs.
  voxhumana report results.jsonl --threshold high-recall --html pages
      The same results at another threshold, without a scan (of one with --windows).
  voxhumana compare results.jsonl new.jsonl --labels truth.csv
      Which verdicts a new model or threshold would change, and whether for the better.
  voxhumana watch calls/ --output results.jsonl --html pages --keep-pages 30
      A service: each call that arrives in a folder, scanned once, however often it is restarted.
  voxhumana bench calls/
      How many calls this machine scans in a day, and what a contact centre needs.
  voxhumana marks message.mp3
      The declaration of the file itself: AIGC labels, C2PA, generators' tags.
  voxhumana keygen investigator.pem
  voxhumana scan --evidence case.json --evidence-key investigator.pem calls/
  voxhumana verify case.json --public-key investigator.pub.pem --recordings calls/
      Keys, a signed record of a scan, and a check by somebody else that it holds.
  voxhumana model
      What scores the recordings, and the thresholds for --threshold with their measured rates.
  voxhumana schema > result.schema.json
      The form of the results, for programs that read them.
  voxhumana evaluate list.csv --by generator
      How often it is wrong on your own recordings, whose truth you know.
  voxhumana serve --events calls.jsonl
      Calls while they last: media streams in, events and alerts out.
  voxhumana completions bash > ~/.local/share/bash-completion/completions/voxhumana
  voxhumana man scan > voxhumana-scan.1; man ./voxhumana-scan.1
      Help from the shell, and on paper.

Exit codes:
  0  done; of a scan: none was flagged, of verify: everything matches
  1  of a scan: at least one was flagged (see --fail-on), of verify: something does not match
  2  something could not be done, or the command line was wrong; the rest was still done

Standard output carries results, standard error what is for people.
\"Bona fide\" is no proof of identity: replays and human impostors are bona fide speech.";
