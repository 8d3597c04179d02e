package core_test

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// adoptMoney takes what a story says of the policy of settlement, and of what
// the processor can do.
func adoptMoney(s *storedef.Store, args map[string]string) {
	rules := &s.Settlement
	if args["hold"] != "" {
		rules.Hold = money.New(int64(num(args["hold"], 0)), "EUR")
	}
	rules.SecondTap, rules.Rest = storedef.SecondTap(args["second_tap"]), storedef.Rest(args["rest"])
	if args["increase"] == "no" {
		no := false
		rules.Increase = &no
	}
	if args["dispute_limit"] != "" {
		limit := money.New(int64(num(args["dispute_limit"], 0)), "EUR")
		s.Receipt.DisputeLimit = &limit
	}
	s.Receipt.DisputeWithin = dur(args["dispute_within"])
	rules.OverCapture = measure.Probability(num(args["over_capture"], 0))
	for _, d := range strings.FieldsFunc(args["retry"], func(r rune) bool { return r == ',' }) {
		rules.Retry = append(rules.Retry, dur(d))
	}
	if rules.Offline != nil && args["per_card"] != "" {
		rules.Offline.PerCard = money.New(int64(num(args["per_card"], 0)), "EUR")
	}
	can := storedef.DefaultProcessing()
	can.Increment, can.SavesErrors = args["increment"] == "yes", args["saves_errors"] == "yes"
	can.VoidAfterCapture, can.MultipleCapture = args["void_after"] == "yes", args["multiple"] == "yes"
	can.OverCapture = measure.Probability(num(args["over"], 0))
	can.SettlingDelay = dur(args["settles"])
	if args["window"] != "" {
		can.KeyWindow = dur(args["window"])
	}
	if args["gives_back"] != "" {
		can.RefundWindow = dur(args["gives_back"])
	}
	if args["lifetime"] != "" {
		can.HoldLifetime = dur(args["lifetime"])
	}
	if args["lookup"] == "none" {
		can.LookupByKey, can.LookupByReference = false, false
	}
	if args["lookup"] == "key" {
		can.LookupByKey, can.LookupByReference = true, false
	}
	for i := range s.Devices {
		if s.Devices[i].Class == storedef.ClassPayment {
			s.Devices[i].Processing = &can
		}
	}
}

// buys has a session come in, take so many cola, one at a time, and leave. Only
// what the money does is told.
func (n *narrator) buys(session, track string, units int) string {
	var out strings.Builder
	out.WriteString(n.do("pass in for_session=" + session))
	out.WriteString(n.do("track " + track + " entrance began"))
	out.WriteString(n.later(4 * time.Second))
	out.WriteString(n.do("track " + track + " drinks present"))
	level := n.state.Attribution.Bays["weight_shelf.cooler.bay[1]"].Mass
	for range units {
		out.WriteString(n.later(4 * time.Second))
		out.WriteString(n.do("hand " + track + " 1 take for=1s saw=cola"))
		out.WriteString(n.later(time.Second))
		level -= 352 * measure.Gram
		out.WriteString(n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.Between(n.now.Add(-2*time.Second), n.now), Bay: 1,
			Mass: level, Deviation: measure.Gram}))
	}
	out.WriteString(n.later(10 * time.Second))
	out.WriteString(n.do("pass out"))
	out.WriteString(n.do("track " + track + " entrance ended"))
	out.WriteString(n.later(5 * time.Second))
	return ofMoney(out.String())
}

func (n *narrator) later(d time.Duration) string { return n.at(n.now.Add(d).Sub(morning).String()) }

// ofMoney leaves out what goods and bodies do.
func ofMoney(said string) string {
	var out strings.Builder
	for _, line := range strings.SplitAfter(said, "\n") {
		for _, word := range []string{" cart ", " payment ", " hold ", " posted ", " receipt ", " ask ", " ALARM ", " owes ", " debt ", " refund ", " line ", "session_closed"} {
			if strings.Contains(line, word) && !strings.Contains(line, "ask admit") {
				out.WriteString(line)
				break
			}
		}
	}
	return out.String()
}

// payment finds a session's payment, open or closed.
func (n *narrator) payment(session string) *settlement.Payment {
	id := n.idOf(session)
	if p := n.state.Settlement.Payments[id]; p != nil {
		return p
	}
	return n.state.Settlement.Sales[id]
}

// notice has the processor say something of a session's hold unasked.
func (n *narrator) notice(kind, session string, args map[string]string) string {
	in := event.Notice{Device: "payment.cards", ID: args["id"], Kind: event.NoticeKind(kind), Reference: args["reference"]}
	if p := n.payment(session); p != nil {
		h := &p.Holds[num(args["hold"], 1)-1]
		in.Reference = h.Reference
		if strings.HasPrefix(kind, "capture") || kind == string(event.NoticeChargeback) {
			in.Reference, in.Key = h.Capture, h.CaptureKey
		}
		for _, r := range p.Refunds {
			if r.ID != args["refund"] {
				continue
			}
			in.Reference, in.Key = r.Moved.Capture, r.Moved.Key
			if args["key"] == "next" { // of the one that would be asked for next but so many, which another host made
				in.Reference = "ref_elsewhere"
				in.Key = turn.Key("movement", n.state.Definition.Store.Name, n.idOf(session), "refund", r.ID, strconv.Itoa(r.Ordinal+1+int(num(args["but"], 0))))
			}
		}
		if a := args["amount"]; a != "" {
			x := money.New(int64(num(a, 0)), "EUR")
			in.Amount = &x
		}
		if args["key"] == "own" { // of a capture of a hold that is there, which another host made
			deed := "capture"
			if args["hold"] != "1" {
				deed += ":" + args["hold"]
			}
			in.Reference, in.Key = "cap_elsewhere", turn.Key("movement", n.state.Definition.Store.Name, n.idOf(session), deed, cmp.Or(args["ordinal"], "1"))
		}
		if args["key"] == "next" && args["refund"] == "" { // of the capture of the hold that would come next but so many, which another host made
			in.Reference = "cap_elsewhere"
			in.Key = turn.Key("movement", n.state.Definition.Store.Name, n.idOf(session), "capture:"+strconv.Itoa(len(p.Holds)+1+int(num(args["but"], 0))), "1")
		}
	}
	return n.step(in)
}

// quarantine has the answer to the oldest ask of a kind set aside, as the engine
// does when the core panics on it.
func (n *narrator) quarantine(op string) string {
	for _, a := range n.state.Pending() {
		if string(a.Operation) == op {
			f := event.Quarantined{Panic: "a defect", Ask: a.ID, At: n.now}
			n.state.Apply(f)
			n.shadow.Apply(f)
			return n.render([]event.Fact{f})
		}
	}
	n.t.Fatalf("nothing is asked of kind %s", op)
	return ""
}
