#!/usr/bin/env bash
# Kills the wire in mid-visit, starts it again, and looks that its devices come back
# and that nobody paid too much:  examples/corner-wire/faults.sh [aisle]
set -euo pipefail
cd "$(dirname "$0")/../.."
aisle=${1:-"go run ./tools/aisle"}
data=$(mktemp -d)
wire=$data/peers/wire.json

# await SECONDS WHAT COMMAND...: waits until a command succeeds.
await() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || {
			echo "it took too long: $what"
			tail -n 20 "$data.err"
			exit 1
		}
		sleep 0.2
	done
}
inside() { $aisle journal show "$data" 2>/dev/null | grep "took 1" >/dev/null; }
gone() { $aisle journal show "$data" 2>/dev/null | grep "gate.north is \(offline\|lost\)" >/dev/null; }
# back: a gate, a reader, a lane and shelves are ready. A line that is back at once was never told to be away.
back() {
	local device
	for device in gate.north credential_reader.card_south rfid_reader.north_lane weight_shelf.cooler_top weight_shelf.counter weight_shelf.fresh; do
		$aisle journal show "$data" | grep "$device is [a-z]*" | tail -n 1 | grep "is ready" >/dev/null || return 1
	done
}

$aisle demo --example corner-wire --data "$data" --noise none --shoppers 6 --seed 1 --headless --json >"$data.out" 2>"$data.err" &
demo=$!
trap 'kill $demo 2>/dev/null || true' EXIT
await 240 "nobody took anything" inside
pid=$(sed 's/.*"pid":\([0-9]*\).*/\1/' "$wire")
echo "killing the wire, process $pid"
kill -9 "$pid"
await 60 "the gate is not offline" gone
mapfile -t again < <(python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); print(r["binary"]); [print(a) for a in r["args"]]' "$wire")
(cd examples/corner-wire && exec "${again[@]}" --data "$data" --address-file "$data/peers/wire.address") >>"$data/peers/wire.log" 2>&1 </dev/null &
other=$!
trap 'kill $demo $other 2>/dev/null || true' EXIT
await 120 "the devices are not back" back
echo "all devices are back"

# Who left while nobody saw it stays open until staff look: the store is stopped once
# everybody is out.
over() { [ "$(wc -l <"$data/truth.jsonl")" -ge 6 ]; }
await 240 "shoppers are still inside" over
sleep 10 # the last receipt
kill -INT "$demo"
wait "$demo" || true
trap 'kill $other 2>/dev/null || true' EXIT
tail -n 1 "$data.out"
python3 - "$data.out" <<'PY'
import json, sys
r = json.loads(open(sys.argv[1]).read().splitlines()[-1])
assert r["overcharged"] == 0, "somebody paid too much"
assert r["unresolved_holds"] == r["open_sessions"], "a hold is lost"
PY
for peer in "$data"/peers/*.json; do
	kill "$(sed 's/.*"pid":\([0-9]*\).*/\1/' "$peer")" 2>/dev/null || true
done
rm -rf "$data" "$data.out" "$data.err"
echo "nobody paid too much"
