package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/framework/view/format"
	"github.com/openaisle/aisle/hcl/storedef"
)

// shownLines is how much of the log the page shows.
const shownLines = 16

// livePage is the store as its page says it: all text, so that the template
// only places it.
type livePage struct {
	Store  string
	Seq    uint64
	Clock  moment
	Closed []string
	// Waiting counts what staff are to decide.
	Waiting int
	// Lines says how the lines to the store's agents are.
	Lines    []string
	Figures  []figure
	Inside   []slip
	Leaving  []slip
	Groups   []deviceGroup
	Unwell   int
	Log      []logLine
	Receipts []receiptLink
}

type moment struct{ Machine, Text string }

type figure struct{ Key, Name, Value, Note, Tone string }

type slip struct {
	ID      string
	Title   string
	About   string
	Status  format.Status
	Lines   []cartLine
	Pending []pendingLine
	Empty   string
	Total   string
	Payment string
	Refusal string
	Receipt string
}

type cartLine struct {
	Key, Title, Quantity, Amount string
	Changed                      uint64
}

type pendingLine struct{ Title, Text string }

type deviceGroup struct {
	Name    string
	Devices []device
}

type device struct {
	Address, Name, Driver, Cause, Lost string
	// Power is what the device says of its power, where that is news; Isolation
	// what its plugin is not kept from.
	Power, Isolation string
	Status           format.Status
	Since            moment
}

type logLine struct {
	Key, Tone, Text string
	At              moment
}

type receiptLink struct {
	ID, Title, Items, Total string
	Status                  format.Status
	At                      moment
}

func livePageOf(s *view.Snapshot, isolation func(plugin string) string) livePage {
	zone := format.Zone(s.Store.Timezone)
	p := livePage{Store: s.Store.Name, Seq: s.Seq, Clock: clock(s.At, zone), Figures: figuresOf(s)}
	for i := range s.Sessions {
		v := &s.Sessions[i]
		if v.Ended == nil {
			p.Inside = append(p.Inside, slipOf(v, zone))
		} else {
			p.Leaving = append(p.Leaving, slipOf(v, zone))
		}
	}
	for _, c := range s.Closed {
		p.Closed = append(p.Closed, view.ClosedWords(c))
	}
	p.Groups, p.Unwell = groupsOf(s.Devices, zone, isolation)
	for i, l := range slices.Backward(s.Log) {
		if len(p.Log) == shownLines {
			break
		}
		p.Log = append(p.Log, logLine{Key: fmt.Sprintf("l%d-%d", l.Seq, nth(s.Log, i)), Tone: string(l.Tone), Text: l.Text, At: clock(l.At, zone)})
	}
	for _, b := range s.Receipts {
		p.Receipts = append(p.Receipts, receiptLink{ID: b.ID, Title: fmt.Sprintf("Visit %d", b.Number), At: clock(b.Closed, zone),
			Items: format.Count(b.Units, "item"), Total: format.Money(b.Total), Status: format.Receipt(b)})
	}
	return p
}

// nth is which line of its record line i is.
func nth(log []view.Line, i int) int {
	n := 0
	for i-n > 0 && log[i-n-1].Seq == log[i].Seq {
		n++
	}
	return n
}

func clock(t time.Time, zone *time.Location) moment {
	return moment{Machine: format.Machine(t, zone), Text: format.Clock(t, zone)}
}

func figuresOf(s *view.Snapshot) []figure {
	t := s.Totals
	review := figure{Key: "review", Name: "In review", Value: fmt.Sprint(t.InReview), Note: "not charged meanwhile"}
	if t.InReview > 0 {
		review.Tone = "doubt"
	}
	charged := format.Money(t.CapturedIn(s.Store.Currency))
	if s.Store.Currency == "" {
		charged = "–"
	}
	return []figure{
		{Key: "people", Name: "Inside now", Value: fmt.Sprint(t.People), Note: "in " + format.Count(t.Open, "open visit")},
		{Key: "charged", Name: "Charged", Value: charged, Note: format.Count(t.Charged, "payment")},
		{Key: "visits", Name: "Visits", Value: fmt.Sprint(t.Sessions), Note: format.Count(t.Receipts, "receipt")},
		{Key: "voided", Name: "Left without buying", Value: fmt.Sprint(t.Voided), Note: "hold released"},
		review,
		{Key: "refused", Name: "Turned away", Value: fmt.Sprint(t.Refused), Note: "at the entry"},
	}
}

func slipOf(v *view.Session, zone *time.Location) slip {
	c := slip{ID: v.ID, Title: fmt.Sprintf("Visit %d", v.Number), Status: format.Stage(v), Refusal: v.Refusal, Receipt: v.Receipt,
		About: strings.Join([]string{format.Capital(format.Method(v.Method)), format.Party(v), "since " + format.Minute(v.Opened, zone)}, " · "),
		Total: format.Money(v.Total)}
	if v.Staff {
		c.Title, c.Total = fmt.Sprintf("Staff, visit %d", v.Number), ""
	}
	if v.Party.In == 0 && v.Units == 0 {
		c.Total = ""
	}
	for _, l := range v.Lines {
		c.Lines = append(c.Lines, cartLine{Key: string(l.GTIN), Title: l.Title, Quantity: fmt.Sprint(l.Quantity),
			Amount: format.Money(l.Amount), Changed: l.Changed})
	}
	for _, l := range v.Pending {
		c.Pending = append(c.Pending, pendingLine{Title: format.Perhaps(l.Quantity, l.Title, l.Put), Text: l.Reason})
	}
	if len(v.Lines) == 0 && len(v.Pending) == 0 {
		c.Empty = emptyWords(v)
	}
	if v.Payment != nil && v.Stage != view.StageAsking {
		c.Payment = format.Payment(v.Payment)
	}
	return c
}

func emptyWords(v *view.Session) string {
	switch {
	case v.Staff:
		return "Staff carry no cart."
	case v.Refusal != "":
		return ""
	case v.Ended != nil:
		return "Nothing was taken."
	case v.Party.In == 0:
		return "Not in the store yet."
	}
	return "Nothing taken yet."
}

func groupsOf(devices []view.Device, zone *time.Location, isolation func(plugin string) string) (groups []deviceGroup, unwell int) {
	for _, d := range devices {
		name := className(d.Class)
		if len(groups) == 0 || groups[len(groups)-1].Name != name {
			groups = append(groups, deviceGroup{Name: name})
		}
		g := &groups[len(groups)-1]
		x := device{Address: d.Address, Name: strings.TrimPrefix(d.Address, string(d.Class)+"."), Driver: d.Driver, Cause: d.Cause,
			Status: format.Device(d.State), Since: moment{format.Machine(d.Since, zone), format.Minute(d.Since, zone)}}
		switch lost := format.Count(int(min(d.Lost, 1<<31)), "report") + " lost"; {
		case d.Lost > 0 && d.Unknown > 0:
			x.Lost = lost + ", and nobody knows how many " + format.Count(int(min(d.Unknown, 1<<31)), "time")
		case d.Unknown > 0:
			x.Lost = "nobody knows how many reports lost, " + format.Count(int(min(d.Unknown, 1<<31)), "time")
		case d.Lost > 0:
			x.Lost = lost
		}
		if x.Power = powerWords(d.Power); isolation != nil {
			plugin, _, _ := strings.Cut(d.Driver, ".")
			x.Isolation = isolation(plugin)
		}
		if d.State == event.StateFailed || d.State == event.StateOffline || d.State == event.StateQuarantined {
			unwell++
		}
		g.Devices = append(g.Devices, x)
	}
	return groups, unwell
}

// powerWords says what of a device's power is worth a word: that it has none.
func powerWords(p event.PowerState) string {
	switch p {
	case event.PowerOff, event.PowerOffOffline:
		return "power off"
	case event.PowerOffline:
		return "no power or not there"
	case event.PowerOnline, event.PowerUnknown:
	}
	return ""
}

func className(c storedef.Class) string {
	switch c {
	case storedef.ClassGate:
		return "Gates"
	case storedef.ClassCredentialReader:
		return "Credential readers"
	case storedef.ClassRFIDReader:
		return "RFID readers"
	case storedef.ClassWeightShelf:
		return "Weight shelves"
	case storedef.ClassCamera:
		return "Cameras"
	case storedef.ClassPayment:
		return "Payments"
	}
	return "Others"
}
