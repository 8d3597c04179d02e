package storefile

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/openaisle/aisle/hcl/internal/nearest"
	"github.com/openaisle/aisle/hcl/storedef"
)

// LimitBays is the most bays of one shelf.
const LimitBays = 256

// placing says which arguments of the one shape a class of devices has.
type placing struct {
	// zone and role must be written; noZone and noRole say why they can't.
	zone, role     bool
	noZone, noRole string
	// serves is the kind that the device works for; serving says that it must
	// be written, noServes why it can't.
	serves   string
	serving  bool
	noServes string
}

func placingOf(c storedef.Class) placing {
	const own = "It works for itself."
	const noWay = "Only gates and what works at them are for a way in or out."
	switch c {
	case storedef.ClassGate:
		return placing{zone: true, role: true, noServes: "Others serve a gate: a credential reader says serves = gate.NAME."}
	case storedef.ClassCredentialReader:
		return placing{serves: string(storedef.ClassGate), serving: true}
	case storedef.ClassRFIDReader:
		return placing{zone: true, serves: string(storedef.ClassGate)}
	case storedef.ClassWeightShelf:
		return placing{zone: true, noRole: noWay, noServes: own}
	case storedef.ClassCamera:
		return placing{zone: true, noRole: noWay, noServes: own}
	case storedef.ClassPayment:
		return placing{noZone: "A payment processor is nowhere on the floor.", noRole: noWay, noServes: "The settlement block names its processor."}
	}
	return placing{}
}

func (l *loader) decodeDevices(s scope) {
	for _, c := range storedef.Classes() {
		for _, b := range l.blocks[string(c)] {
			if !l.full() {
				l.decodeDevice(b, c, b.instance.scope(s))
			}
		}
	}
}

func (l *loader) decodeDevice(b *block, c storedef.Class, s scope) {
	d := storedef.Device{Address: b.address(), Class: c}
	l.decoded[d.Address] = b
	l.placing(b, c, s, &d)
	d.Certified = l.kinds(b, s)
	l.whenDown(b, c, s, &d)
	if c == storedef.ClassWeightShelf {
		l.bays(b, s, &d)
	}
	if plugin, driver, ok := l.driver(b); ok {
		d.Plugin, d.Driver = plugin, driver
	}
	l.config(b, s, &d)
	l.processing(b, c, s, &d)
	l.store.Devices = append(l.store.Devices, d)
}

func (l *loader) placing(b *block, c storedef.Class, s scope, d *storedef.Device) {
	p := placingOf(c)
	for _, no := range []struct{ name, why string }{
		{"zone", p.noZone}, {"zones", p.noZone}, {"role", p.noRole}, {"serves", p.noServes},
	} {
		if a := b.attribute(no.name); a != nil && no.why != "" {
			l.fail(b, a.NameRange, "unknown_argument", fmt.Sprintf("A %s has no %q", c, no.name), "%s Remove it.", no.why)
		}
	}
	if p.noZone == "" {
		d.Zones = l.zones(b, c, s, p.zone)
	}
	if p.noRole == "" {
		d.Role = l.role(b, s, p.role)
	}
	if p.noServes != "" {
		return
	}
	d.Serves = l.refers(b, "serves", s, p.serves)
	if p.serving && b.attribute("serves") == nil && !b.mistyped("serves") {
		l.fail(b, b.header(), "missing_argument", `The argument "serves" is missing`,
			"A %s lets people through a %s. Write it, such as serves = %s.north.", c, p.serves, p.serves)
	}
}

func (l *loader) zones(b *block, c storedef.Class, s scope, required bool) []string {
	one, several := b.attribute("zone"), b.attribute("zones")
	switch {
	case one != nil && several != nil:
		l.fail(b, several.NameRange, "duplicate", `Both "zone" and "zones" are written`, "Write zone for one, zones for several.")
		return nil
	case one != nil:
		if address, ok := l.refer(b, "zone", s, blockZone); ok {
			return []string{address}
		}
		return nil
	case several != nil:
		zones := l.refers(b, "zones", s, blockZone)
		slices.Sort(zones)
		return zones
	case required && !b.mistyped("zone") && !b.mistyped("zones"):
		l.fail(b, b.header(), "missing_argument", `The argument "zone" is missing`,
			"A %s stands in a zone. Write it, such as zone = zone.drinks, or zones = [...] for several.", c)
	}
	return nil
}

func (l *loader) role(b *block, s scope, required bool) storedef.Role {
	if b.attribute("role") == nil {
		if required && !b.mistyped("role") {
			l.fail(b, b.header(), "missing_argument", `The argument "role" is missing`, `A gate is for one way or both. Write role = "entry", "exit" or "both".`)
		}
		return storedef.RoleNone
	}
	var words []string
	for _, r := range storedef.Roles() {
		words = append(words, string(r))
	}
	if word, bare := bareWord(b.attribute("role").Expr, s); bare {
		if !slices.Contains(words, word) {
			word = nearest.To(word, words)
		}
		p := l.fail(b, b.at("role"), "wrong_type", `"role" needs text in quotes`, "Write it in quotes: one of %s.", quoted(words))
		if word != "" {
			p.Suggestion = strconv.Quote(word)
		}
		return storedef.RoleNone
	}
	text, ok := l.text(b, "role", s)
	if !ok {
		return storedef.RoleNone
	}
	if !l.word(b, b.at("role"), "role", text, words) {
		return storedef.RoleNone
	}
	return storedef.Role(text)
}

// driver gives the two parts of a driver reference, which is looked up among
// the plugins.
func (l *loader) driver(b *block) (plugin, driver string, ok bool) {
	a := b.attribute("driver")
	if a == nil {
		return "", "", false
	}
	t, diags := hcl.AbsTraversalForExpr(a.Expr)
	if !diags.HasErrors() && len(t) == 2 {
		plugin = t.RootName()
		driver, _ = stepKey(t[1])
	}
	if driver == "" {
		p := l.fail(b, a.Expr.Range(), "wrong_type", `"driver" needs a plugin and one of its drivers`,
			"Write it as PLUGIN.DRIVER without quotes, such as acme.speedlane.")
		if v, ok := literal(a.Expr); ok && v.Type() == cty.String && strings.Count(v.AsString(), ".") == 1 {
			p.Suggestion = v.AsString()
		}
		return "", "", false
	}
	store := l.root() // plugins are the whole store's
	if store.names[blockPlugin][plugin] == nil {
		if !slices.Contains(store.broken[blockPlugin], plugin) {
			names := slices.Sorted(maps.Keys(store.names[blockPlugin]))
			p := l.fail(b, t[0].SourceRange(), "unknown_reference", fmt.Sprintf("There is no plugin %q", plugin),
				"No plugin block has that name. There is: %s.", strings.Join(names, ", "))
			p.Suggestion = nearest.To(plugin, names)
		}
		return plugin, driver, false
	}
	return plugin, driver, true
}

// bays gives a shelf's bays: those of the shorthand, those with a block of
// their own, or bay 1.
func (l *loader) bays(b *block, s scope, d *storedef.Device) {
	numbers := l.bayNumbers(b, s)
	for _, n := range numbers {
		d.Bays = append(d.Bays, storedef.Bay{Number: n, Address: bayAddress(d.Address, n)})
	}
	seen := map[int]bool{}
	for _, syntax := range l.undynamic(b, b.syntax.Body, s).Blocks {
		if syntax.Type != "bay" {
			continue
		}
		c := b.child(syntax)
		n, ok := bayNumber(c)
		switch {
		case !ok:
			l.fail(c, c.header(), "label", "A bay has a number", `Write it as its name, counted from 1 to %d: bay "1" { ... }.`, LimitBays)
			continue
		case seen[n]:
			l.fail(c, c.header(), "duplicate", fmt.Sprintf("There is a second bay %d", n), "Remove or renumber one of them.")
			continue
		case !slices.Contains(numbers, n):
			l.fail(c, c.header(), "out_of_bounds", fmt.Sprintf("The shelf has no bay %d", n), "The argument bays says how many it has. Raise it or remove this block.")
			continue
		}
		seen[n] = true
		l.checkShape(c, innerType(kindBay))
		at := slices.IndexFunc(d.Bays, func(x storedef.Bay) bool { return x.Number == n })
		d.Bays[at].Certified = l.kinds(c, s)
		d.Bays[at].TradeApproved = l.boolean(c, "trade_approved", s)
		l.decoded[d.Bays[at].Address], l.approved[d.Bays[at].Address] = c, d.Bays[at].TradeApproved
	}
}

func bayAddress(shelf string, n int) string { return fmt.Sprintf("%s.bay[%d]", shelf, n) }

func bayNumber(b *block) (int, bool) {
	if len(b.syntax.Labels) != 1 {
		return 0, false
	}
	n, err := strconv.Atoi(b.name)
	return n, err == nil && n >= 1 && n <= LimitBays && strconv.Itoa(n) == b.name
}

// bayNumbers gives the numbers of a shelf's bays, sorted.
func (l *loader) bayNumbers(b *block, s scope) []int {
	if n, ok := l.bayCount[b]; ok {
		return n
	}
	var numbers []int
	if b.attribute("bays") != nil {
		for n := range l.integer(b, "bays", s, 1, 1, LimitBays) {
			numbers = append(numbers, n+1)
		}
	} else {
		for _, syntax := range l.undynamic(b, b.syntax.Body, s).Blocks {
			if n, ok := bayNumber(b.child(syntax)); ok && syntax.Type == "bay" && !slices.Contains(numbers, n) {
				numbers = append(numbers, n)
			}
		}
		slices.Sort(numbers)
	}
	if len(numbers) == 0 {
		numbers = []int{1}
	}
	l.bayCount[b] = numbers
	return numbers
}

// shelfMap gives the references to all shelves with their bays.
func (l *loader) shelfMap(base scope) cty.Value {
	return l.referencesBy(string(storedef.ClassWeightShelf), shelfType, func(b *block) cty.Value {
		bays := map[string]cty.Value{}
		for _, n := range l.bayNumbers(b, b.instance.scope(base)) {
			bays[strconv.Itoa(n)] = reference(kindBay, bayAddress(b.address(), n))
		}
		return cty.ObjectVal(map[string]cty.Value{
			"address": cty.StringVal(b.address()), "kind": cty.StringVal(string(storedef.ClassWeightShelf)), "bay": cty.MapVal(bays),
		})
	})
}
