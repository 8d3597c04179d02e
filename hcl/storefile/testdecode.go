package storefile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

const (
	// AnybodyName is what a shopper is called whom a run gives no name.
	AnybodyName = "shopper"
	// longestWait is the longest that a run lets pass at once.
	longestWait = 400 * 24 * time.Hour
)

// stepper decodes the steps of a run in the scope of its store.
type stepper struct {
	*loader
	s     scope
	index *storedef.Index
}

// decode reads the steps of a run.
func (t *TestScript) decode() Problems {
	t.store.mu.Lock()
	defer t.store.mu.Unlock()
	d, done := t.borrow()
	defer done()
	blocks := t.run.block.syntax.Body.Blocks
	if len(blocks) > LimitSteps {
		d.fail(t.run.block, t.run.block.header(), "out_of_bounds", "The run is too long", "A run has at most %d blocks.", LimitSteps)
		return d.problems
	}
	for _, syntax := range blocks {
		if syntax.Type == blockVariables || !runHas(syntax.Type) {
			continue // read before, or reported
		}
		b := t.run.block.child(syntax)
		if !d.stepLabel(b) {
			continue
		}
		d.checkShape(b, stepType(b.kind))
		if step := d.step(b); step != nil {
			t.Steps = append(t.Steps, step)
		}
	}
	return d.problems.sorted()
}

// borrow gives the loader of the store's files to report problems of the run with.
// The store is locked.
func (t *TestScript) borrow() (*stepper, func()) {
	l := t.Definition.loader
	problems, unit := l.problems, l.unit
	l.problems, l.unit = nil, l.unit.root()
	l.work, l.toldWork, l.looked = 0, false, 0 // each run has its own measure
	l.sources[t.run.source.name] = t.run.source
	return &stepper{loader: l, s: l.unit.scope, index: storedef.NewIndex(t.Definition.Store)}, func() {
		l.problems, l.unit, l.last = problems, unit, evaluated{}
	}
}

// stepLabel checks the name of a step: of whom it is, but for an order.
func (d *stepper) stepLabel(b *block) bool {
	switch b.kind {
	case stepEnter, stepTake, stepPut, stepLeave:
		if len(b.syntax.Labels) == 0 {
			b.name = AnybodyName
			return true
		}
		return d.checkLabel(b, blockType{label: "visit"})
	}
	return d.checkLabel(b, stepType(b.kind))
}

func (d *stepper) step(b *block) TestStep {
	at := stepPlace{d.place(b.header(), b.context)}
	switch b.kind {
	case stepEnter:
		return d.enter(b, at)
	case stepTake, stepPut:
		return d.hand(b, at)
	case stepLeave:
		gate := ""
		if b.attribute("at") != nil {
			gate = d.device(b, "at", storedef.ClassGate)
		}
		return LeaveStep{stepPlace: at, Visit: b.name, Gate: gate, Bodies: d.integer(b, "bodies", d.s, 0, 1, observe.MaxBodies)}
	case stepWait:
		return WaitStep{stepPlace: at, For: d.duration(b, "for", d.s, 0, time.Millisecond, longestWait)}
	case stepDown, stepUp:
		return DeviceStep{stepPlace: at, Device: d.device(b, "device", storedef.Classes()...), Down: b.kind == stepDown}
	case stepProcessor:
		return d.processor(b, at)
	case stepStaff:
		return d.staff(b, at)
	}
	return AssertStep{stepPlace: at, block: b}
}

func (d *stepper) enter(b *block, at stepPlace) TestStep {
	e := EnterStep{stepPlace: at, Visit: b.name, Party: d.integer(b, "party", d.s, 1, 1, observe.MaxBodies), Declined: d.boolean(b, "declined", d.s),
		Quality: d.probability(b, "quality", d.s, 995_000, 0, measure.Certain)}
	var tenders []string
	for _, t := range storedef.Tenders() {
		tenders = append(tenders, string(t))
	}
	if by, ok := d.text(b, "by", d.s); ok && d.word(b, b.at("by"), "way to come in", by, tenders) {
		e.Tender = storedef.Tender(by)
	}
	e.Token = string(e.Tender) + "-" + b.name
	if token, ok := d.text(b, "token", d.s); ok {
		e.Token = token
	}
	for _, i := range d.texts(b, "attributes", d.s, false) {
		e.Attributes = append(e.Attributes, i.value.AsString())
	}
	slices.Sort(e.Attributes)
	if err := observe.CheckAttributes(e.Attributes); err != nil {
		d.fail(b, b.at("attributes"), "attribute", "That is no attribute of a credential", "%s.", capital(err.Error()))
	}
	e.Reader = d.reader(b)
	e.Gate = d.index.GateOf(e.Reader)
	return e
}

// reader gives where somebody comes in: the reader that is named, or one of the
// gate that is, or the only one that there is.
func (d *stepper) reader(b *block) string {
	var all []string
	gate := ""
	if b.attribute("at") != nil {
		named := d.device(b, "at", storedef.ClassGate, storedef.ClassCredentialReader)
		at := d.index.Device(named)
		if at == nil || at.Class == storedef.ClassCredentialReader {
			return named
		}
		gate = named
	}
	for i := range d.index.Store.Devices {
		r := &d.index.Store.Devices[i]
		if r.Class != storedef.ClassCredentialReader {
			continue
		}
		if g := d.index.Device(d.index.GateOf(r.Address)); g != nil && g.Role != storedef.RoleExit && (gate == "" || g.Address == gate) {
			all = append(all, r.Address)
		}
	}
	switch len(all) {
	case 0:
		d.fail(b, b.at("at"), "step", "Nobody can come in there", "No credential reader serves a gate with a way in. Name one that does.")
		return ""
	case 1:
		return all[0]
	}
	p := d.fail(b, b.at("at"), "step", "It isn't said where they come in", "There are several readers: %s. Write one of them, such as at = %s.", strings.Join(all, ", "), all[0])
	if b.attribute("at") != nil {
		p.Suggestion = all[0]
	}
	return ""
}

// device gives the address of a device of one of some classes: by a reference, or
// by its address as text.
func (d *stepper) device(b *block, name string, classes ...storedef.Class) string {
	v, ok := d.known(b, name, d.s)
	if !ok {
		return ""
	}
	var all, words []string
	for _, x := range d.index.Store.Devices {
		if slices.Contains(classes, x.Class) {
			all = append(all, x.Address)
		}
	}
	for _, c := range classes {
		words = append(words, string(c))
	}
	what := "a device"
	if len(classes) < len(storedef.Classes()) {
		what = "a " + strings.Join(words, " or a ")
	}
	address := ""
	switch {
	case isReference(v):
		address = v.GetAttr("address").AsString()
	case v.Type().FriendlyName() == "string":
		address = v.AsString()
	default:
		d.wrongType(b, name, "a reference to "+what, v)
		return ""
	}
	x := d.index.Device(address)
	if x != nil && slices.Contains(classes, x.Class) {
		return address
	}
	if x == nil && !isReference(v) {
		p := d.fail(b, b.at(name), "unknown_reference", fmt.Sprintf("There is no device %q", address), "An address is a kind and a name, such as %s.", cmp.Or(first(all), "gate.north"))
		if near := nearest.To(address, all); near != "" {
			p.Suggestion = strconv.Quote(near)
		}
		return ""
	}
	p := d.fail(b, b.at(name), "wrong_reference", fmt.Sprintf("%q needs %s", name, what), "%s is none.", address)
	if len(all) == 1 {
		p.Suggestion = all[0]
	}
	return ""
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func (d *stepper) hand(b *block, at stepPlace) TestStep {
	h := HandStep{stepPlace: at, Visit: b.name, Put: b.kind == stepPut, Units: d.integer(b, "units", d.s, 1, 1, 1000), Body: d.integer(b, "body", d.s, 1, 1, observe.MaxBodies),
		Unseen: d.off(b, "seen"), Unfelt: d.off(b, "felt"), Pause: d.duration(b, "pause", d.s, -1, 0, longestWait)}
	if b.attribute("mass") != nil {
		h.Mass, _ = d.mass(b, "mass", d.s)
	}
	address, ok := d.refer(b, "product", d.s, blockProduct)
	if !ok {
		return nil
	}
	p := d.products[address]
	h.Product = p.GTIN
	h.Bay = d.bay(b, p.GTIN, address)
	h.Tagged = !d.off(b, "tagged") && d.tagged(b, h.Bay)
	return h
}

// off says whether an argument that is true where it isn't written is false.
func (d *stepper) off(b *block, name string) bool {
	return b.attribute(name) != nil && !d.boolean(b, name, d.s)
}

// tagged says whether a unit carries a tag where that isn't written: goods that
// stand on no bay do, for nothing else tells of them.
func (d *stepper) tagged(b *block, bay string) bool {
	if b.attribute("tagged") != nil {
		return true
	}
	return bay == "" && slices.ContainsFunc(d.index.Store.Devices, func(x storedef.Device) bool { return x.Class == storedef.ClassRFIDReader })
}

// bay gives where a hand is: the bay that is named, or the only one where the
// product stands. What stands on none is taken off the floor.
func (d *stepper) bay(b *block, g gs1.GTIN, product string) string {
	if b.attribute("at") != nil {
		v, ok := d.known(b, "at", d.s)
		if ok && !isReference(v) && v.Type().FriendlyName() == "string" {
			if d.index.Bay(v.AsString()) != nil {
				return v.AsString()
			}
			p := d.fail(b, b.at("at"), "unknown_reference", fmt.Sprintf("There is no bay %q", v.AsString()), "The address of a bay is that of its shelf and a number, such as weight_shelf.cooler.bay[1].")
			if near := nearest.To(v.AsString(), d.bays()); near != "" {
				p.Suggestion = strconv.Quote(near)
			}
			return ""
		}
		at, _ := d.refer(b, "at", d.s, kindBay)
		return at
	}
	var all []string
	for _, f := range d.index.Store.Facings {
		if f.Product == g && !slices.Contains(all, f.At) {
			all = append(all, f.At)
		}
	}
	if len(all) > 1 {
		d.fail(b, b.header(), "step", "It isn't said at which bay", "%s stands on several: %s. Write one of them, such as at = %s.", product, strings.Join(all, ", "), all[0])
	}
	return first(all)
}

func (d *stepper) bays() (all []string) {
	for _, x := range d.index.Store.Devices {
		for _, y := range x.Bays {
			all = append(all, y.Address)
		}
	}
	return all
}

func (d *stepper) processor(b *block, at stepPlace) TestStep {
	p := ProcessorStep{stepPlace: at, Answers: map[string]string{}}
	for _, op := range ProcessorOperations() {
		if a, ok := d.text(b, op, d.s); ok && d.word(b, b.at(op), "answer of a processor", a, ProcessorAnswers()) {
			p.Answers[op] = a
		}
	}
	if v, ok := d.text(b, "funding", d.s); ok && d.word(b, b.at("funding"), "funding of a card", v, storedef.Fundings()) {
		p.Funding = v
	}
	if v, ok := d.text(b, "risk", d.s); ok && d.word(b, b.at("risk"), "answer about risk", v, storedef.Risks()) {
		p.Risk = v
	}
	p.Brand, _ = d.text(b, "brand", d.s)
	p.Last4, _ = d.text(b, "last4", d.s)
	p.Message, _ = d.text(b, "message", d.s)
	return p
}

func (d *stepper) staff(b *block, at stepPlace) TestStep {
	s := StaffStep{stepPlace: at, Order: b.name, Visit: AnybodyName, Reason: "the test says so", Granted: d.boolean(b, "granted", d.s)}
	d.word(b, b.syntax.LabelRanges[0], "order of staff", b.name, StaffOrders())
	if v, ok := d.text(b, "visit", d.s); ok {
		s.Visit = v
	}
	if v, ok := d.text(b, "reason", d.s); ok {
		s.Reason = v
	}
	for _, address := range d.refers(b, "products", d.s, blockProduct) {
		s.Products = append(s.Products, d.products[address].GTIN)
	}
	if b.attribute("amount") != nil {
		if a, ok := d.amount(b, "amount", d.s); ok {
			s.Amount = &a
		}
	}
	return s
}
