package core_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
)

// adopt has another definition put in force, as store files with these
// arguments would: the failure block's by their names; when_down of a device as
// DEVICE=reaction; per_sale, total and for of the offline block; a second gate
// with gates=2; exit=1 for a gate that is a way out alone; the version of the
// plugin with version=.
func (n *narrator) adopt(args map[string]string) string {
	s := testStore()
	f := &s.Failure
	fields := map[string]*storedef.Reaction{"entry": &f.Entry, "shelf": &f.Shelf, "camera": &f.Camera, "rfid": &f.RFID, "reader": &f.Reader, "payment": &f.Payment}
	for k, v := range args {
		if field, ok := fields[k]; ok {
			*field = storedef.Reaction(v)
		}
	}
	if args["gates"] == "2" {
		s.Devices = append(s.Devices,
			storedef.Device{Address: "credential_reader.south", Class: storedef.ClassCredentialReader, Serves: []string{"gate.south"}},
			storedef.Device{Address: "gate.south", Class: storedef.ClassGate, Zones: []string{"zone.south"}, Role: storedef.RoleEntry})
	}
	if args["exit"] != "" {
		s.Devices = append(s.Devices, storedef.Device{Address: "gate.out", Class: storedef.ClassGate, Zones: []string{"zone.out"}, Role: storedef.RoleExit})
	}
	for i := range s.Devices {
		s.Devices[i].WhenDown = storedef.Reaction(args[s.Devices[i].Address])
	}
	if args["per_sale"] != "" {
		s.Settlement.Offline = &storedef.Offline{PerSale: money.New(int64(num(args["per_sale"], 0)), "EUR"),
			Total: money.New(int64(num(args["total"], 0)), "EUR"), For: dur(args["for"])}
	}
	adoptMoney(&s, args)
	adoptEntry(&s, args)
	if v := args["version"]; v != "" {
		s.Plugins = []storedef.Plugin{{Name: "acme", Source: "./acme", Version: v}}
	}
	for i := range s.Products {
		if p := args["price_of_"+s.Products[i].Name]; p != "" {
			s.Products[i].Price = money.New(int64(num(p, 0)), "EUR")
		}
	}
	s.Products = slices.DeleteFunc(s.Products, func(p storedef.Product) bool { return p.Name == args["without"] })
	slices.SortFunc(s.Devices, func(a, b storedef.Device) int { return strings.Compare(a.Address, b.Address) })
	out := n.step(event.Definition{Store: s, Salt: "salt", Digest: fmt.Sprint(slices.Sorted(maps.Keys(args)))})
	for _, d := range s.Devices {
		if n.epoch[d.Address] == 0 {
			n.epoch[d.Address] = 1
			out += n.step(event.DeviceStatus{Device: d.Address, Epoch: 1, State: event.StateReady})
		}
	}
	return out
}

// resume has the host stop now and another go on with the journal some time
// later. Devices are down until they are opened again.
func (n *narrator) resume(after string) string {
	d, err := time.ParseDuration(after)
	if err != nil {
		n.fail("resume", err)
	}
	until := n.now.Add(d)
	return n.step(event.Resumed{Until: until}) + n.at(until.Sub(morning).String())
}

// down says at which gates nobody is let in, and why.
func down(f event.EntryChanged) string {
	if len(f.Closed) == 0 {
		return "the entry is open"
	}
	var why []string
	for _, c := range f.Closed {
		where := c.Gate
		if where == "" {
			where = "the entry"
		}
		why = append(why, where+": "+c.Reason)
	}
	return "closed: " + strings.Join(why, "; ")
}

// outage says what is not known of a device.
func (n *narrator) outage(f event.Outage) string {
	s := fmt.Sprintf("outage of %s from %d:%d to %d:%d since %.1fs: %s", f.Device, f.From.Epoch, f.From.Seq, f.To.Epoch, f.To.Seq,
		f.Since.Sub(morning).Seconds(), f.Cause)
	for _, l := range f.Levels {
		after := "not restated"
		if l.After != nil {
			after = grams(*l.After)
		}
		s += fmt.Sprintf("; %s %s, then %s", l.Bay[strings.LastIndex(l.Bay, ".")+1:], grams(l.Before), after)
	}
	return s
}

func grams(m measure.Mass) string { return m.String() }

// coreStep is a step without the checks of a story, which cost much where there
// are many visits.
func coreStep(n *narrator, in event.Input) []event.Fact { return core.Step(n.state, n.now, in) }
