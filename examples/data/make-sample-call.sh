#!/bin/sh
# Makes sample-call.wav: a short two-channel telephone call between two speech engines.
#
#     apt-get install espeak-ng flite festival festvox-kallpc16k sox
#     sh examples/data/make-sample-call.sh
#
# Agent on the left (Flite, voice slt), caller on the right (Festival, voice kal), and one line of a
# recorded greeting before the agent (eSpeak NG). No human voice is in it.
set -eu
# The same dither and noise in every run.
export SOX_OPTS=-R
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# Each turn becomes 8 kHz mono in the band of a telephone line, at a speaking level of about -24 dBFS.
telephone() { sox "$1" -r 8000 -c 1 "$2" sinc 300-3400 norm -9; }
greeting() { espeak-ng -v en-us+f3 -s 155 -w raw.wav "$2"; telephone raw.wav "$1.wav"; }
agent() { flite -voice slt -t "$2" -o raw.wav; telephone raw.wav "$1.wav"; }
caller() { printf '%s\n' "$2" | text2wave -eval '(voice_kal_diphone)' -o raw.wav; telephone raw.wav "$1.wav"; }

greeting 01 'Thank you for calling. This call may be recorded.'
agent 02 'Good morning, claims department, this is Susan. How can I help you?'
caller 03 'Hello. I am calling about the water damage in my kitchen. I reported it last Tuesday.'
agent 04 'Could you give me the number of your policy, please?'
caller 05 'Yes, it is seven three nine, four four one, zero eight.'
agent 06 'Thank you. I can see your report. An assessor can visit you on Thursday at nine. Would that suit you?'
caller 07 'Thursday is fine. Please ask them to ring before they come.'
agent 08 'I will put that on the order. Goodbye.'

# Lay the turns one after the other with a short pause between; while one side speaks, the other listens.
pause() { sox -n -r 8000 -c 1 "$2" trim 0 "$1"; }
pause 0.35 gap.wav
left='' right=''
for turn in 01 02 03 04 05 06 07 08; do
  pause "$(soxi -D $turn.wav)" quiet.wav && cp quiet.wav "quiet$turn.wav"
  case $turn in
    01 | 02 | 04 | 06 | 08) left="$left $turn.wav gap.wav" right="$right quiet$turn.wav gap.wav" ;;
    *) left="$left quiet$turn.wav gap.wav" right="$right $turn.wav gap.wav" ;;
  esac
done
# shellcheck disable=SC2086 # the lists are to be split
sox $left left.wav
# shellcheck disable=SC2086
sox $right right.wav
# Light line noise, another on each side.
length=$(soxi -D left.wav)
sox -n -r 8000 -c 1 noise-left.wav synth "$length" whitenoise vol -58dB
sox -n -r 8000 -c 1 noise-right.wav synth "$length" pinknoise vol -50dB
sox -m -v 1 left.wav -v 1 noise-left.wav agent.wav
sox -m -v 1 right.wav -v 1 noise-right.wav caller.wav
# -D: no dither, mu-law's own steps are far coarser.
sox -D -M agent.wav caller.wav -e mu-law "$here/sample-call.wav"
soxi "$here/sample-call.wav"
