#!/usr/bin/env bash
# Builds two programs around the networks of Opus from the sources inside the crate opusic-sys: `opusgen` (opusgen.c beside this file) and
# Opus's own `fargan_demo`. Needs curl, cmake and gcc. Usage: opus.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "${1:?say where to build: opus.sh FOLDER}")
version=0.7.7
mkdir -p "$out"
cd "$out"
[ -d "opusic-sys-$version" ] || curl -sfL "https://static.crates.io/crates/opusic-sys/opusic-sys-$version.crate" | tar xz
opus="$out/opusic-sys-$version/opus"
cmake -S "$opus" -B build -DCMAKE_BUILD_TYPE=Release -DOPUS_DRED=ON -DOPUS_OSCE=ON -DOPUS_DEEP_PLC=ON -DBUILD_SHARED_LIBS=OFF > cmake.log
make -C build -j2 > make.log 2>&1
for program in opusgen:"$here/opusgen.c" fargan_demo:"$opus/dnn/fargan_demo.c"; do
  cc -O2 -w -DHAVE_CONFIG_H -DENABLE_DEEP_PLC -DENABLE_DRED -DENABLE_OSCE -DOPUS_BUILD -Ibuild -I"$opus" -I"$opus/include" -I"$opus/src" \
    -I"$opus/celt" -I"$opus/silk" -I"$opus/dnn" "${program#*:}" build/libopus.a -lm -o "${program%%:*}"
done
