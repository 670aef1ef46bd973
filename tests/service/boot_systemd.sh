#!/usr/bin/env bash
# Boots a real systemd on a throw-away overlay of the running root:
#   boot_systemd.sh STAGE [SOURCE:TARGET ...]
#   STAGE            files to lay over it: units, configurations, programs
#   SOURCE:TARGET    folders of this machine, to be seen there, read-only
# Says "booted PID" on standard output, PID being that of the systemd inside, and ends everything
# when its standard input does. Needs root, unshare, nsenter and systemd-nspawn. All mounts are made
# in a mount namespace of their own: whatever ends this script, none stays.
set -euo pipefail

if [ -z "${LIVECARE_BOOT_ALONE:-}" ]; then
    LIVECARE_BOOT_ALONE=1 exec unshare --mount --propagation private bash "$0" "$@"
fi
stage=$1
shift
# Cgroups of our own: two of us at once must not have the same.
cgroup=$(findmnt --noheadings --first-only --output TARGET --types cgroup2 || true)
[ -n "$cgroup" ] || { echo "no cgroup2 file system is mounted" >&2; exit 1; }
cgroup=$cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/livecare-test-$$
base=$(mktemp -d)
mount -t tmpfs tmpfs "$base"
mkdir "$base"/{upper,work,root}
root=$base/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"
nspawn= inside=
finish() {
    trap - EXIT
    [ -z "$inside" ] || kill -KILL "$inside" 2>/dev/null || true # all that run inside end with it
    [ -z "$nspawn" ] || wait "$nspawn" 2>/dev/null || true
    { echo $$ >"$cgroup/../cgroup.procs"; } 2>/dev/null || true
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || true
    umount -l "$root" "$base" 2>/dev/null || true
    rmdir "$base" 2>/dev/null || true
}
trap finish EXIT

rm -f "$root"/etc/systemd/system/{multi-user,sysinit,timers,getty,network-online}.target.wants/*
tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
cp -r --no-preserve=ownership "$stage/." "$root/"
binds=()
for pair in "$@"; do
    mkdir -p "$root${pair#*:}"
    binds+=("--bind-ro=$pair")
done

# A private /run and --keep-unit: what nspawn wants where the first process here is no systemd.
mount -t tmpfs tmpfs /run
mkdir /run/systemd
mkdir "$cgroup"
echo $$ >"$cgroup/cgroup.procs"
SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 systemd-nspawn --directory="$root" --boot --register=no \
    --keep-unit --private-network --link-journal=no --console=pipe \
    --machine="livecare-test-$$" "${binds[@]}" </dev/null >"$base/console" 2>&1 &
nspawn=$!

for _ in $(seq 200); do
    inside=$(pgrep -P "$nspawn" -x systemd || true)
    [ -z "$inside" ] || break
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.05
done
if [ -n "$inside" ]; then
    for _ in $(seq 200); do
        state=$(nsenter -t "$inside" -m -p -n -i -u -C systemctl is-system-running 2>/dev/null || true)
        case $state in
            running | degraded)
                echo "booted $inside"
                cat >/dev/null
                exit 0
                ;;
        esac
        sleep 0.05
    done
fi
tail -n 5 "$base/console" >&2
echo "systemd did not boot here" >&2
exit 1
