#!/usr/bin/env bash
# Kills the wire in mid-visit, starts it again, and looks that its devices come back
# and that nobody paid too much:  examples/corner-wire/faults.sh [aisle]
set -euo pipefail
cd "$(dirname "$0")/../.."
aisle=${1:-"go run ./tools/aisle"}
data=$(mktemp -d)
wire=$data/peers/wire.json
demo='' other='' cleared=''

# clear ends what is left of the run. Its data stays where something was wrong.
clear() {
	local peer
	for peer in "$data"/peers/*.json; do
		[ ! -e "$peer" ] || kill "$(pid_of "$peer")" 2>/dev/null || true
	done
	kill $demo $other 2>/dev/null || true
	wait
	[ -z "$cleared" ] || rm -rf "$data"
	[ -n "$cleared" ] || echo "see $data, $data.out and $data.err"
}
pid_of() { sed 's/.*"pid":\([0-9]*\).*/\1/' "$1"; }
trap clear EXIT

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
await 240 "nobody took anything" inside
pid=$(pid_of "$wire")
echo "killing the wire, process $pid"
kill -9 "$pid"
await 60 "the gate is not offline" gone
mapfile -t again < <(python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); print(r["binary"]); [print(a) for a in r["args"]]' "$wire")
(cd examples/corner-wire && exec "${again[@]}" --data "$data" --address-file "$data/peers/wire.address") >>"$data/peers/wire.log" 2>&1 </dev/null &
other=$!
await 120 "the devices are not back" back
echo "all devices are back"

# Who left while nobody saw it stays open until staff look, and so does whoever has a line
# in doubt: the store is stopped once everybody is out.
over() { [ "$(wc -l <"$data/truth.jsonl")" -ge 6 ]; }
await 240 "shoppers are still inside" over
sleep 10 # the last receipt
kill -INT "$demo" 2>/dev/null || true # where nothing is in doubt it has ended by itself
wait "$demo" || true
tail -n 1 "$data.out"
python3 - "$data" <<'PY'
import json, sys
data = sys.argv[1]
r = json.loads(open(data + ".out").read().splitlines()[-1])
assert r["overcharged"] == 0 and r["doubled"] == 0, "somebody paid too much"
assert r["unresolved_holds"] == 0, "a hold is lost"
assert r["journal_ok"], "the journal is damaged"
lines = lambda name: [json.loads(l) for l in open(data + "/" + name)]
# The summary judges no visit that is open. Here they are judged, too: nothing is charged that
# was not carried out, and no more is captured than the receipt says.
owed, paid, said = {}, {}, {}
for v in lines("truth.jsonl"):
    owed[v["credential"]] = {i["gtin"]: i["qty"] for i in v["items"]}
for m in lines("ledger.jsonl"):
    if m["op"] == "capture":
        paid[m["credential"]] = paid.get(m["credential"], 0) + m["amount_minor"]
for v in lines("receipts.jsonl"):
    who = v["credential"]
    said[who] = said.get(who, 0) + v["total_minor"]
    for line in v["lines"]:
        assert line["qty"] <= owed[who].get(line["gtin"], 0), f"{who} was charged {line}, and owes {owed[who]}"
for who, amount in paid.items():
    assert amount == said.get(who), f"{who} paid {amount}, the receipt says {said.get(who)}"
print(f"{len(said)} receipts, {r['exact']} of them exact and {r['in_review']} in review; open: {r['open_sessions']}")
PY
rm -rf "$data.out" "$data.err"
cleared=1
echo "nobody paid too much"
