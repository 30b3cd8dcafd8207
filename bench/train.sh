#!/bin/sh
# How fast we train beside FANN, PyTorch, scikit-learn and C over OpenBLAS: the same networks,
# start weights, samples and order, in turn A B A B, with the error that each has come to.
# bench/README.md says more.
#
#   make bench/train    needs BACKPROPD_BINARY (build/backpropd) and, in its folder, bench/train/ours
#                       and bench/peers/
#   WORKS="W1 W4"       only these              PRECISIONS=float64    only this
#   ROUNDS=3            of every program        SECONDS_EACH=0.3      of every round
#   ALL=1               PyTorch's nn.Module too
set -eu
here=$(dirname "$0")
: "${BACKPROPD_BINARY:=build/backpropd}"
export BACKPROPD_BINARY
export PYTHONPATH="$here/train" PYTHONDONTWRITEBYTECODE=1

# Debian 12's OpenBLAS and PyTorch do not know newer CPUs and would do without AVX-512.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE ATEN_CPU_CAPABILITY
if grep -qw avx512f /proc/cpuinfo && grep -qw avx512vl /proc/cpuinfo; then
    export OPENBLAS_CORETYPE=SkylakeX ATEN_CPU_CAPABILITY=avx512
fi

/usr/bin/python3 "$here/train/works.py" "$(dirname "$BACKPROPD_BINARY")/bench/train"
exec /usr/bin/python3 "$here/train/compare.py"
