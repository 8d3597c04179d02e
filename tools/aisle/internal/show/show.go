package show

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

// Options say what of a journal is shown.
type Options struct {
	// Session is a visit's number or the beginning of its id; empty for all.
	Session string
	// Device is a device's address; empty for all.
	Device string
	// From is the first record that is shown.
	From uint64
	// All shows every input and fact, JSON the records themselves.
	All, JSON bool
}

// Source hands out the records of a journal.
type Source = func(yield func(r event.Record, body []byte) error) error

// Show writes what happened, oldest first. It is an error to ask for a visit
// that the journal doesn't know or that several begin like.
func Show(source Source, w io.Writer, o Options) error {
	out := bufio.NewWriterSize(w, 1<<16)
	s := shower{out: out, opt: o, model: view.NewModel()}
	if o.Session != "" {
		var err error
		if s.session, err = find(source, o.Session); err != nil {
			return err
		}
	}
	return errors.Join(source(s.record), out.Flush())
}

// Follow writes what happens as it happens: it gives a source what takes each
// record and what is called when there is none left for now.
func Follow(source func(record func(event.Record, []byte) error, rest func() error) error, w io.Writer, o Options) error {
	out := bufio.NewWriterSize(w, 1<<16)
	s := shower{out: out, opt: o, model: view.NewModel()}
	return errors.Join(source(s.record, out.Flush), out.Flush())
}

// find gives the id of a visit by its number or the beginning of its id.
func find(source Source, name string) (string, error) {
	number, err := strconv.Atoi(name)
	if err != nil {
		number = -1
	}
	var found []string
	opened, byNumber := 0, ""
	err = source(func(r event.Record, _ []byte) error {
		for _, f := range r.Facts {
			o, ok := f.(event.SessionOpened)
			if !ok {
				continue
			}
			if opened++; opened == number {
				byNumber = o.Session
			}
			if strings.HasPrefix(o.Session, name) {
				found = append(found, o.Session)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case byNumber != "":
		return byNumber, nil
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%d visits begin with %q: write more of the id", len(found), name)
	}
	return "", fmt.Errorf("there is no visit %q among the %d of this journal", name, opened)
}

type shower struct {
	out     *bufio.Writer
	opt     Options
	session string
	model   *view.Model
	asks    map[string]bool // of the device that is asked for
}

func (s *shower) record(r event.Record, body []byte) error {
	if s.opt.Device != "" {
		s.ask(r)
	}
	if s.opt.JSON {
		if s.wanted(r) && r.Seq >= s.opt.From {
			_, err := fmt.Fprintf(s.out, `{"seq":%d,"at":%q,%s`+"\n", r.Seq, stamp(r.At), body[1:])
			return err
		}
		return nil
	}
	s.model.Apply(r)
	if r.Seq < s.opt.From {
		return nil
	}
	if s.opt.All && s.wanted(r) {
		if err := s.machine(r); err != nil {
			return err
		}
	}
	for _, l := range s.model.Snapshot().Log {
		if l.Seq != r.Seq || s.opt.Device != "" && !s.wanted(r) || s.session != "" && l.Session != s.session && (l.Session != "" || !s.wanted(r)) {
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%s %7d  %s\n", stamp(r.At), r.Seq, l.Text); err != nil {
			return err
		}
	}
	return nil
}

// wanted reports whether a record is about the visit and the device that are
// asked for.
func (s *shower) wanted(r event.Record) bool {
	if s.opt.Device != "" && !s.ofDevice(r) {
		return false
	}
	if s.session == "" {
		return true
	}
	if a, ok := r.Input.(event.Answer); ok && strings.HasPrefix(a.ID, s.session+"/") {
		return true
	}
	return slices.ContainsFunc(r.Facts, func(f event.Fact) bool { return slices.Contains(About(f), s.session) })
}

// ask remembers which asks are the device's, so that their answers are.
func (s *shower) ask(r event.Record) {
	for _, f := range r.Facts {
		if a, ok := f.(event.Asked); ok && a.Ask.Device == s.opt.Device {
			if s.asks == nil {
				s.asks = map[string]bool{}
			}
			s.asks[a.Ask.ID] = true
		}
	}
}

// ofDevice reports whether a record came from the device or asks something of
// it.
func (s *shower) ofDevice(r event.Record) bool {
	switch in := r.Input.(type) {
	case event.Evidence:
		if in.Device == s.opt.Device {
			return true
		}
	case event.DeviceStatus:
		if in.Device == s.opt.Device {
			return true
		}
	case event.Notice:
		if in.Device == s.opt.Device {
			return true
		}
	case event.Answer:
		if s.asks[in.ID] {
			return true
		}
	case event.Definition, event.StaffOrder, event.Time, event.Resumed:
	}
	return slices.ContainsFunc(r.Facts, func(f event.Fact) bool {
		a, ok := f.(event.Asked)
		return ok && a.Ask.Device == s.opt.Device
	})
}

// machine writes the input and the names of the facts.
func (s *shower) machine(r event.Record) error {
	names := make([]string, len(r.Facts))
	for i, f := range r.Facts {
		names[i] = event.FactName(f)
	}
	_, err := fmt.Fprintf(s.out, "%s %7d  %s: %s\n", stamp(r.At), r.Seq, source(r.Input), strings.Join(names, " "))
	return err
}

// source says where an input came from.
func source(in event.Input) string {
	switch in := in.(type) {
	case event.Evidence:
		return "evidence " + in.Ref().String()
	case event.Answer:
		return "answer " + in.ID + " " + string(in.Outcome)
	case event.DeviceStatus:
		return "device_status " + in.Device + " " + string(in.State)
	case event.StaffOrder:
		return "staff_order " + string(in.Order)
	case event.Notice:
		return "notice " + in.Device
	case event.Definition, event.Resumed, event.Time:
	}
	return event.InputName(in)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
