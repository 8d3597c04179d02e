package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
)

// indexLength is how many hexadecimal digits name a plan.
const indexLength = 16

// Plan says what an apply would do (control.Host). It builds and starts nothing.
func (o *operator) Plan() (control.Plan, error) {
	o.changing.RLock()
	running, load, described := o.m.def, o.m.load, o.m.described
	o.changing.RUnlock()
	load.Schemas = drivers{described}
	def, problems := o.m.opt.Secrets.load(o.m.opt.Dir, &load)
	p := control.Plan{Problems: []string{}, Steps: []control.Step{}, Effects: []string{}, Restart: []string{}, Inside: len(o.m.view.Snapshot().Sessions)}
	for _, x := range problems {
		if x.Severity == storefile.Error {
			p.Problems = append(p.Problems, o.m.opt.Secrets.Text(inLine(x)))
		}
	}
	if len(p.Problems) > 0 {
		return p, nil
	}
	err := planBetween(&p, running.Store, def.Store)
	return p, err
}

// inLine is a problem on one line, with what was probably meant.
func inLine(p storefile.Problem) string {
	if p.Suggestion == "" {
		return p.String()
	}
	return p.String() + " Did you mean " + p.Suggestion + "?"
}

// planBetween fills in what is to be done from one definition to another.
func planBetween(p *control.Plan, running, now storedef.Store) error {
	var err error
	if p.Index, err = indexOf(running, now); err != nil {
		return err
	}
	d, err := compare(running, now)
	if err != nil {
		return err
	}
	d.keepProcessors(p.Inside)
	p.Steps, p.Restart = d.steps, d.restart
	p.Effects = d.effects(p.Inside)
	return nil
}

// indexOf names the two definitions that a plan is between, configs included.
func indexOf(before, after storedef.Store) (string, error) {
	h := sha256.New()
	for _, s := range []storedef.Store{before, after} {
		text, err := json.Marshal(s)
		if err != nil {
			return "", fmt.Errorf("encode the definition: %w", err)
		}
		_, _ = h.Write(text) // a hash takes everything
		for _, d := range s.Devices {
			_, _ = fmt.Fprintf(h, "%q %q\n", d.Address, d.Config)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:indexLength], nil
}

// difference is what is between two definitions of a store.
type difference struct {
	before, after storedef.Store
	steps         []control.Step
	restart       []string
	// closes and opens are the addresses of devices, swapped and added plugins.
	closes, opens  []string
	swapped, added []string
	prices         int
}

// compare says what must be done to come from one definition to another.
func compare(before, after storedef.Store) (*difference, error) {
	d := &difference{before: before, after: after, steps: []control.Step{}, restart: []string{}}
	d.plugins()
	if err := d.devices(); err != nil {
		return nil, err
	}
	if err := d.others(); err != nil {
		return nil, err
	}
	order := []control.Action{control.ActionMove, control.ActionSwap, control.ActionReopen, control.ActionAdd, control.ActionRemove, control.ActionChange}
	slices.SortStableFunc(d.steps, func(a, b control.Step) int {
		return slices.Index(order, a.Action) - slices.Index(order, b.Action)
	})
	return d, nil
}

func (d *difference) step(a control.Action, address string, what ...string) {
	d.steps = append(d.steps, control.Step{Action: a, Address: address, What: what})
}

// plugins finds the programs that others take the place of.
func (d *difference) plugins() {
	for _, p := range d.after.Plugins {
		i := slices.IndexFunc(d.before.Plugins, func(b storedef.Plugin) bool { return b.Name == p.Name })
		if i < 0 {
			if p.Agent != "" {
				d.restart = append(d.restart, "plugin."+p.Name+", on an agent")
			}
			d.added = append(d.added, p.Name)
			d.step(control.ActionAdd, "plugin."+p.Name)
			continue
		}
		was := d.before.Plugins[i]
		if was.Agent != p.Agent || d.before.IsolationOf(was) != d.after.IsolationOf(p) {
			d.restart = append(d.restart, "plugin."+p.Name+", its machine or isolation")
		}
		var what []string
		if was.Source != p.Source {
			what = append(what, "source")
		}
		if was.Version != p.Version {
			what = append(what, fmt.Sprintf("version %q -> %q", was.Version, p.Version))
		}
		if len(what) > 0 {
			d.swapped = append(d.swapped, p.Name)
			d.step(control.ActionSwap, "plugin."+p.Name, what...)
		}
	}
	for _, p := range d.before.Plugins {
		if !slices.ContainsFunc(d.after.Plugins, func(a storedef.Plugin) bool { return a.Name == p.Name }) {
			d.step(control.ActionRemove, "plugin."+p.Name)
		}
	}
}

func byAddress(all []storedef.Device) map[string]storedef.Device {
	out := map[string]storedef.Device{}
	for _, x := range all {
		out[x.Address] = x
	}
	return out
}

// devices finds what becomes of each device.
func (d *difference) devices() error {
	before, after := byAddress(d.before.Devices), byAddress(d.after.Devices)
	moved := map[string]string{} // to from
	for _, m := range d.after.Moved {
		applies, other := m.Applies(func(address string) bool { _, there := before[address]; return there })
		if other != "" {
			return fmt.Errorf("moved: %s can't become %s, for the store has %s already, a device of its own: two devices don't become one\n"+
				"Remove the moved block of %s: it is then removed, and its history ends", m.From, m.To, other, m.From)
		}
		if applies {
			moved[m.To] = m.From
		}
	}
	gone := maps.Clone(before)
	for _, address := range slices.Sorted(maps.Keys(after)) {
		now := after[address]
		from, isMoved := moved[address]
		if !isMoved {
			from = address
		}
		was, there := before[from]
		delete(gone, from)
		switch {
		case !there:
			d.step(control.ActionAdd, address, now.Plugin+"."+now.Driver)
			d.opens = append(d.opens, address)
		case isMoved:
			d.steps = append(d.steps, control.Step{Action: control.ActionMove, Address: address, From: from})
			d.closes, d.opens = append(d.closes, from), append(d.opens, address)
		default:
			d.device(was, now)
		}
	}
	for _, address := range slices.Sorted(maps.Keys(gone)) {
		d.step(control.ActionRemove, address)
		d.closes = append(d.closes, address)
	}
	return nil
}

// device finds what becomes of a device that is there before and after.
func (d *difference) device(was, now storedef.Device) {
	var reopen, change []string
	if was.Plugin != now.Plugin || was.Driver != now.Driver {
		d.step(control.ActionSwap, now.Address, fmt.Sprintf("driver %s.%s -> %s.%s", was.Plugin, was.Driver, now.Plugin, now.Driver))
		d.closes, d.opens = append(d.closes, now.Address), append(d.opens, now.Address)
		return
	}
	reopen = append(reopen, configChanges(was.Config, now.Config)...)
	if !slices.EqualFunc(was.Bays, now.Bays, func(a, b storedef.Bay) bool { return a.Address == b.Address }) {
		reopen = append(reopen, "bays")
	}
	if was.Class == storedef.ClassGate && d.before.Safety != d.after.Safety {
		reopen = append(reopen, "safety")
	}
	was.Config, now.Config, was.Plugin = nil, nil, now.Plugin
	a, b := reflect.ValueOf(was), reflect.ValueOf(now)
	for i := range a.NumField() {
		if f := a.Type().Field(i); f.Name != "Config" && !reflect.DeepEqual(a.Field(i).Interface(), b.Field(i).Interface()) {
			if word := strings.ToLower(f.Name); !slices.Contains(reopen, word) {
				change = append(change, word)
			}
		}
	}
	switch {
	case len(reopen) > 0:
		d.step(control.ActionReopen, now.Address, append(reopen, change...)...)
		d.closes, d.opens = append(d.closes, now.Address), append(d.opens, now.Address)
	case len(change) > 0:
		d.step(control.ActionChange, now.Address, change...)
	}
}

// configChanges names the arguments of a config block that changed. Their values
// are not said: some are secrets.
func configChanges(was, now []byte) []string {
	if bytes.Equal(bytes.TrimSpace(was), bytes.TrimSpace(now)) {
		return nil
	}
	var a, b map[string]json.RawMessage
	if json.Unmarshal(was, &a) != nil || json.Unmarshal(now, &b) != nil {
		return []string{"config"}
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(merged(a, b))) {
		if !bytes.Equal(a[name], b[name]) {
			out = append(out, "config."+name)
		}
	}
	return out
}

func merged(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]json.RawMessage{}
	}
	maps.Copy(out, b)
	return out
}

// fixed are the parts of a definition that a running store keeps.
func (d *difference) fixed(name string) bool {
	kind, _, _ := strings.Cut(name, ".")
	switch kind {
	case "name", "gln", "currency", "timezone", "agent", "peer":
		return true
	}
	return false
}

// others finds all else that changed.
func (d *difference) others() error {
	a, err := parts(d.before, nil)
	if err != nil {
		return err
	}
	b, err := parts(d.after, nil)
	if err != nil {
		return err
	}
	devices := map[string]bool{"isolation": true}
	for _, s := range []storedef.Store{d.before, d.after} {
		for _, x := range s.Devices {
			devices[x.Address], devices[x.Address+".config"] = true, true
		}
		for _, p := range s.Plugins {
			devices["plugin."+p.Name] = true
		}
		for i, m := range s.Moved {
			devices[label("moved", i, map[string]any{"from": m.From})] = true
		}
	}
	prices := d.priceChanges()
	for _, name := range union(a, b) {
		if devices[name] || strings.HasPrefix(name, "moved") || reflect.DeepEqual(a[name], b[name]) {
			continue
		}
		if d.fixed(name) {
			d.restart = append(d.restart, name)
			continue
		}
		_, was := a[name]
		_, is := b[name]
		switch {
		case !was:
			d.step(control.ActionAdd, name)
		case !is:
			d.step(control.ActionRemove, name)
		default:
			what := fields(a[name], b[name])
			if p, ok := prices[name]; ok {
				what = append([]string{p}, slices.DeleteFunc(what, func(w string) bool { return w == "price" })...)
			}
			d.step(control.ActionChange, name, what...)
		}
	}
	return nil
}

// fields names the arguments in which two objects differ.
func fields(a, b any) []string {
	x, okX := a.(map[string]any)
	y, okY := b.(map[string]any)
	if !okX || !okY {
		return nil
	}
	return slices.DeleteFunc(union(x, y), func(name string) bool { return reflect.DeepEqual(x[name], y[name]) })
}

// priceChanges says of which products the price changes, by name.
func (d *difference) priceChanges() map[string]string {
	was := map[gs1.GTIN]storedef.Product{}
	for _, p := range d.before.Products {
		was[p.GTIN] = p
	}
	out := map[string]string{}
	for _, p := range d.after.Products {
		if old, ok := was[p.GTIN]; ok && old.Asks() != p.Asks() {
			out["product."+p.Name] = fmt.Sprintf("price %v -> %v", old.Asks(), p.Asks())
			d.prices++
		}
	}
	return out
}

// keepProcessors refuses to take a processor away while visits are open: what it
// holds no other can capture or release.
func (d *difference) keepProcessors(inside int) {
	if inside == 0 {
		return
	}
	after := byAddress(d.after.Devices)
	for _, s := range d.steps {
		if _, stays := after[s.Address]; s.Action == control.ActionRemove && !stays && storedef.ClassOf(s.Address) == storedef.ClassPayment {
			d.restart = append(d.restart, s.Address+" (it holds money of open visits: keep it until they are settled)")
		}
	}
}

// effects says what a change does to people inside and to money.
func (d *difference) effects(inside int) []string {
	out := []string{}
	who := "Nobody is inside."
	if inside > 0 {
		who = countOf(inside, "visit") + " " + map[bool]string{true: "is", false: "are"}[inside == 1] + " open and " + map[bool]string{true: "goes", false: "go"}[inside == 1] + " on."
	}
	if len(d.steps) > 0 {
		out = append(out, who)
	}
	if d.prices > 0 {
		out = append(out, "The price of "+countOf(d.prices, "product")+" changes: for what was taken before, the lower of the two is charged.")
	}
	classes := map[storedef.Class][]string{}
	for _, address := range d.closes {
		c := storedef.ClassOf(address)
		classes[c] = append(classes[c], address)
	}
	for _, c := range storedef.Classes() {
		if len(classes[c]) > 0 {
			out = append(out, whileClosed(c, brief(classes[c])))
		}
	}
	out = append(out, d.renamed()...)
	for _, s := range d.steps {
		switch {
		case s.Action == control.ActionRemove && strings.HasPrefix(s.Address, "product."):
			out = append(out, s.Address+" is not sold any more: who has it already is charged for it as it was.")
		case s.Action == control.ActionChange && (s.Address == "settlement" || s.Address == "attribution" || s.Address == "entry" || s.Address == "receipt"):
			out = append(out, "The rules of "+s.Address+" change for visits that are open too, from that moment on.")
		}
	}
	return out
}

// renamed says of a device that is removed while one of its driver is added that
// it may be the same one.
func (d *difference) renamed() (out []string) {
	before, after := byAddress(d.before.Devices), byAddress(d.after.Devices)
	taken := map[string]bool{}
	for _, gone := range d.steps {
		was, device := before[gone.Address]
		if gone.Action != control.ActionRemove || !device {
			continue
		}
		for _, s := range d.steps {
			now, isDevice := after[s.Address]
			if s.Action == control.ActionAdd && isDevice && !taken[s.Address] && now.Class == was.Class && now.Plugin == was.Plugin && now.Driver == was.Driver {
				taken[s.Address] = true
				out = append(out, fmt.Sprintf("If %s is %s under another name, a moved block that says so keeps its history.", s.Address, gone.Address))
				break
			}
		}
	}
	return out
}

// whileClosed says what it means that devices of a class are closed for a moment.
func whileClosed(c storedef.Class, which string) string {
	switch c {
	case storedef.ClassGate:
		return which + ": closed for a moment, in which nobody is let in there; the way out is free."
	case storedef.ClassWeightShelf:
		return which + ": what changes there while it is closed is in doubt, and charged to nobody."
	case storedef.ClassCamera:
		return which + ": what it does not see while it is closed counts for less; its tracks begin anew."
	case storedef.ClassRFIDReader:
		return which + ": tags that leave while it is closed prove nothing."
	case storedef.ClassCredentialReader:
		return which + ": credentials are not read while it is closed."
	case storedef.ClassPayment:
		return which + ": payments under way end first, others wait until it is open again, under their own keys."
	}
	return which + ": closed for a moment."
}

func countOf(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
