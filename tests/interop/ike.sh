#!/bin/bash
# ike.sh [SCENARIO...] - the IKE engine (ike_probe) against strongSwan, each
# scenario as initiator and as responder.  No packet goes through a tunnel:
# there is no packet engine behind the probe.  Root; prints `ok NAME role`.
set -u -o pipefail

cd "$(dirname "$0")" || exit 1
probe=$PWD/../../build/tests/interop/ike_probe
export PEER_INSTANCE=${PEER_INSTANCE:-ike$$}
peer=strongswan/peer.sh
bad=0
good=0

for tool in ip swanctl charon-systemd; do
    if [ "$(id -u)" -ne 0 ] || ! command -v "$tool" >/dev/null; then
        echo "skip interop: needs root, and the packages of strongswan/README.md"
        exit 0
    fi
done

# scenario  seconds  what the probe must print  its options
scenarios() {
    cat <<'END'
psk-main                4  tunnel up
psk-main-pfs1           4  tunnel up  pfs=1
psk-main-pfs2           4  tunnel up  pfs=2
psk-main-pfs5           4  tunnel up  pfs=5
esp-3des-md5            4  tunnel up  transform=esp-3des-hmac-md5
esp-des-md5             4  tunnel up  transform=esp-des-hmac-md5
esp-des-sha1            4  tunnel up  transform=esp-des-hmac-sha
esp-null-md5            4  tunnel up  transform=esp-hmac-md5
esp-null-sha1           4  tunnel up  transform=esp-hmac-sha
esp-aes128-sha1         4  tunnel up  transform=esp-aes128-hmac-sha
esp-aes256-sha256       4  tunnel up  transform=esp-aes256-hmac-sha256
ike-aes128-sha1-g5      4  tunnel up  cipher=aes128 group=5
ike-aes256-sha256-g14   4  tunnel up  cipher=aes256 hash=sha256 group=14
ike-des-md5-g1          4  tunnel up  cipher=des hash=md5 group=1
ike-des-sha1-g2         4  tunnel up  cipher=des
psk-aggressive-fqdn     5  tunnel up  aggressive=1 name=router.example.test peer=peer1.example.test
psk-aggressive-userfqdn 5  tunnel up  aggressive=1 name=router@example.test peer=peer1@example.test
dpd                    12  tunnel up
short-lifetime         48  tunnel up
short-lifetime-pfs2    48  tunnel up  pfs=2
short-lifetime-ike     48  tunnel up
no-proposal-esp         6  esp-3des-hmac-sha
no-proposal-ike         6  3des sha pre-share group 2
wrong-subnet            6  192.168.20.0/24
psk-wrong-key          33  preshared keys of the two ends differ
END
}

run() { # name role seconds wanted options...
    local name=$1 role=$2 seconds=$3 wanted=$4 out begin=0 other=initiator
    shift 4
    if [ "$role" = initiator ]; then
        begin=1 other=responder
    fi
    if ! $peer up "$name" $other >/dev/null 2>&1; then
        echo "FAIL $name $role: the peer does not start"
        bad=$((bad + 1))
        return
    fi
    out=$(ip netns exec "$PEER_INSTANCE-router" "$probe" begin=$begin \
        seconds="$seconds" "$@" 2>&1)
    $peer down >/dev/null 2>&1
    if grep -v '^note' <<<"$out" | grep -qF -- "$wanted"; then
        echo "ok $name $role"
        good=$((good + 1))
    else
        echo "FAIL $name $role: no \"$wanted\" in:"
        printf '    %s\n' "$out"
        bad=$((bad + 1))
    fi
}

trap '$peer down >/dev/null 2>&1' EXIT
while read -r name seconds rest; do
    [ $# -gt 0 ] && [[ " $* " != *" $name "* ]] && continue
    wanted=${rest%%  *}
    options=${rest#"$wanted"}
    for role in initiator responder; do
        # shellcheck disable=SC2086
        run "$name" $role "$seconds" "$wanted" $options
    done
done < <(scenarios)
echo "interop: $good ok, $bad failed"
[ "$bad" -eq 0 ]
