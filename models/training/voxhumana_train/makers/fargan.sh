#!/usr/bin/env bash
# Builds `fargan_demo`, the neural vocoder of Opus as a program, from the sources inside the crate opusic-sys.
# Needs curl, cmake and gcc. Usage: fargan.sh [FOLDER]
set -euo pipefail
out=$(realpath -m "${1:-$(dirname "$0")/../../runs/fargan}")
version=0.7.7
mkdir -p "$out"
cd "$out"
[ -d "opusic-sys-$version" ] || curl -sL "https://static.crates.io/crates/opusic-sys/opusic-sys-$version.crate" | tar xz
opus="$out/opusic-sys-$version/opus"
cmake -S "$opus" -B build -DCMAKE_BUILD_TYPE=Release -DOPUS_DRED=ON -DOPUS_DEEP_PLC=ON > cmake.log
make -C build -j2 > make.log 2>&1
cc -O2 -w -DHAVE_CONFIG_H -DENABLE_DEEP_PLC -DENABLE_DRED -DOPUS_BUILD -Ibuild -I"$opus" -I"$opus/include" -I"$opus/celt" \
  -I"$opus/silk" -I"$opus/dnn" "$opus/dnn/fargan_demo.c" build/libopus.a -lm -o fargan_demo
