package entry

import (
	"slices"

	"github.com/openaisle/aisle/framework/core/turn"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// guest is somebody at the gate, by what the reader says of the credential.
type guest struct {
	token   string
	staff   bool
	tender  storedef.Tender
	funding string // empty where it is not known
	// house is the class of the account that is posted to, nil for who pays by the
	// processor.
	house *storedef.House
	// allowance is what may be posted to the account, nil for any amount; offline
	// says that no hold is asked for, since the processor is down.
	allowance *money.Amount
	offline   bool
}

func (s *State) guest(t *turn.Turn, c observe.Credential) guest {
	g := guest{token: c.Token, staff: slices.Contains(t.Store.Store.Entry.Staff, c.Token), tender: storedef.TenderOf(c.Method, c.Attributes)}
	if !g.staff && g.tender.House() {
		g.house = t.Store.HouseOf(g.tender, c.Attributes)
	}
	g.funding, _ = observe.AttributeOf(c.Attributes, observe.AttributeFunding)
	return g
}

// needsNot is the device that may be down for this guest: whoever pays by an
// account of the store's own needs no processor.
func (g *guest) needsNot(t *turn.Turn, open *Session) string {
	if g.house != nil && open == nil || open != nil && open.House != "" {
		return t.Store.Store.Settlement.Processor
	}
	return ""
}

// refuseGuest turns somebody away by what is known before any hold is asked for,
// and reports whether it did. It notes how the guest comes in otherwise.
func (s *State) refuseGuest(t *turn.Turn, g *guest, f event.EntryRefused) bool {
	rules := &t.Store.Store.Entry
	code := event.RefusalCode("")
	switch {
	case g.staff:
	case !rules.Accepts(g.tender):
		code, f.Reason = event.RefuseTender, "the store does not take "+string(g.tender)
	case g.house != nil:
		code, f.Reason = s.refuseHouse(t, g)
	case g.tender.House() && rules.Tenders != nil:
		code, f.Reason = event.RefuseTender, "no house account is for this "+string(g.tender)
	case g.funding != "" && rules.RefusesFunding(g.funding):
		code, f.Reason = event.RefuseFunding, "its reader says "+g.funding
	default:
		code, f.Reason = s.refuseUnpaid(t, g)
	}
	if code == "" {
		return false
	}
	refuse(t, code, f)
	return true
}

// refuseUnpaid looks at what is owed, and at what the store risks while its
// processor is down.
func (s *State) refuseUnpaid(t *turn.Turn, g *guest) (code event.RefusalCode, reason string) {
	limits := t.Store.Store.Settlement.Offline
	processor := t.Store.Device(t.Store.Store.Settlement.Processor)
	g.offline = processor == nil || !s.Serving(processor.Address)
	switch {
	case g.offline && (limits == nil || s.unpaid(limits, g.token)):
		return event.RefusePayment, t.Store.Store.Settlement.Processor + " is down, and an earlier visit without a hold is not paid"
	case g.offline && t.Store.Store.Entry.RefusesFunding(g.funding):
		return event.RefuseFunding, "its reader does not say how the card is funded, and the processor is down"
	case !g.offline && s.Owing[g.token] != "":
		return event.RefuseUnpaid, ""
	}
	return "", ""
}

// refusesHold turns somebody away whose hold stands, by what the processor's
// answer says of the instrument, and reports whether it did: settlement releases
// the hold. Ends says that the visit ends by it.
func (s *State) refusesHold(t *turn.Turn, v *Session, a event.Answer, ends bool) bool {
	rules := &t.Store.Store.Entry
	funding := a.Funding
	if funding == "" || funding == "unknown" {
		funding = v.Funding
	}
	f := event.EntryRefused{Session: v.ID, Token: v.Token, Reader: v.Reader}
	code := event.RefusalCode("")
	switch {
	case rules.RefusesFunding(funding):
		code, f.Reason = event.RefuseFunding, "the processor says "+orUnknown(funding)
	case rules.RefusesRisk(a.Risk):
		code, f.Reason = event.RefuseRisk, "the processor's risk is "+orUnknown(a.Risk)
		if a.RiskReason != "" {
			f.Reason += ": " + a.RiskReason
		}
	default:
		return false
	}
	refuse(t, code, f)
	if ends {
		t.Emit(event.SessionEnded{Session: v.ID, Ending: event.EndedRefused, At: t.At})
	}
	return true
}

func orUnknown(word string) string {
	if word == "" {
		return "unknown"
	}
	return word
}
