#!/usr/bin/env bash
# Everything that needs a GPU, in one call of at most nine minutes:
#
#     bash benchmarks/gpu.sh
#
# livecare need not be installed, only its dependencies; nothing is fetched. Where there is no GPU
# each step says so in a line and the script ends with 0. Results so far are always written:
# $OUT/gpu.json holds what every step brought, $OUT/gpu.log what it printed.
#
# Environment:
#   OUT        where to write; default benchmarks/results/gpu
#   PYTHON     a Python 3.11 or newer with livecare's dependencies and the engines' packages
#   REFERENCE  folder of the reference network, made elsewhere by benchmarks/reference_network.py;
#              without it it is exported here if torch is installed, else left out
#   ENGINE     the engine that models are swapped on; default the first that is installed
#   LD_LIBRARY_PATH, PYTHONPATH  where TensorRT, CUDA and packages that are not installed lie
#   TRT8_PYTHON, TRT8_PYTHONPATH, TRT8_LD_LIBRARY_PATH, TRT8_PYTHONHOME
#              the same for TensorRT 8.6, whose wheels end at Python 3.10; it has a step of its own
#   BUDGET_S   seconds for all steps together; default 530
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$here")
OUT=${OUT:-$here/results/gpu}
PYTHON=${PYTHON:-python}
BUDGET_S=${BUDGET_S:-530}
export PYTHONPATH="$repository${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
mkdir -p "$OUT"
document=$OUT/gpu.json
log=$OUT/gpu.log
rm -f "$document"
: >"$log"
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
SECONDS=0

# step NAME SECONDS COMMAND...: run a command within its time and what is left; it gets `--out` and
# the file of its result
step() {
  local name=$1 limit=$2 begun=$SECONDS code=0 left
  shift 2
  left=$((BUDGET_S - SECONDS))
  if [ -n "$none" ]; then
    keep "$name" 0 0 --none "$none"
  elif [ "$left" -lt 5 ]; then
    keep "$name" 0 0 --none "not begun: the time was up"
  else
    [ "$limit" -lt "$left" ] || limit=$left
    echo "== $name, at most $limit s" | tee -a "$log"
    timeout -k 5 "$limit" "$@" --out "$parts/$name.json" >>"$log" 2>&1 || code=$?
    keep "$name" "$code" $((SECONDS - begun)) "$parts/$name.json"
  fi
}

keep() { "$PYTHON" "$here/gpu_gather.py" "$document" "$@" | tee -a "$log"; }

# hot_swap: ten thousand frames while model and engine change five times
hot_swap() {
  if [ -z "$none" ] && [ ! -f "$here/hot_swap.py" ]; then
    keep hot_swap 0 0 --none "there is no benchmarks/hot_swap.py"
    return
  fi
  local first="import sys; sys.path.insert(0, '$here'); import engine_options
print(*engine_options.gpu_engines()[:1])"
  [ -n "$none" ] || ENGINE=${ENGINE:-$("$PYTHON" -c "$first")}
  step hot_swap 100 "$PYTHON" "$here/hot_swap.py" --engine "${ENGINE:-}" --rate 300
}

# tensorrt8: TensorRT 8.6 in a Python of its own
tensorrt8() {
  if [ -z "$none" ] && [ -z "${TRT8_PYTHON:-}" ]; then
    keep tensorrt8 0 0 --none "TRT8_PYTHON names no Python that has TensorRT 8.6"
    return
  fi
  local models=("$repository"/livecare/models/bundled/default-fast
    "$repository"/livecare/models/bundled/default)
  [ -z "${REFERENCE:-}" ] || models+=("$REFERENCE")
  step tensorrt8 90 env ${TRT8_PYTHONHOME:+"PYTHONHOME=$TRT8_PYTHONHOME"} \
    PYTHONPATH="${TRT8_PYTHONPATH:-}" LD_LIBRARY_PATH="${TRT8_LD_LIBRARY_PATH:-}" \
    "${TRT8_PYTHON:-$PYTHON}" "$here/gpu_tensorrt8.py" --limit-s 60 --models "${models[@]}"
}

none=""
step found 40 "$PYTHON" "$here/gpu_found.py"
none=$("$PYTHON" "$here/gpu_found.py" --reason) || none="no GPU: gpu_found.py failed, see the log"
step ceilings 40 "$PYTHON" "$here/gpu_ceilings.py"
step correct 90 "$PYTHON" "$here/gpu_correct.py"
step engines 160 "$PYTHON" "$here/engines.py" --gpu --sides 512 1024 2048 --batches 1 2 4 8 \
  --rounds 3 --seconds 0.3 --limit-s 130 ${REFERENCE:+--reference "$REFERENCE"}
step end_to_end 65 "$PYTHON" "$here/gpu_end_to_end.py" --limit-s 45
hot_swap
step memory 60 "$PYTHON" "$here/gpu_memory.py"
tensorrt8
echo "written: $document, $log (${SECONDS} s)"
