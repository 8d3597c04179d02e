package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/ledger"
)

// heardWithin is how long a running store may take to write down what came of an
// order.
const heardWithin = 10 * time.Second

// CloseDay closes a day of the running store (control.Host). An empty day is the
// last that is over; with now it is today's, as of this moment.
func (o *operator) CloseDay(ctx context.Context, day string, now bool, by control.By) (control.Closed, error) {
	o.changing.RLock()
	timezone := o.m.store.Timezone
	o.changing.RUnlock()
	order, err := dayOrder(timezone, day, now, o.m.clock.Now(), by)
	if err != nil {
		return control.Closed{}, err
	}
	from, _ := o.m.log.Head()
	if err := o.m.engine.Order(ctx, order); err != nil {
		return control.Closed{}, o.stopped(err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, heardWithin, errors.New("the store does not say what came of it"))
	defer cancel()
	for {
		entries, err := o.m.log.Read(from+1, 0)
		if err != nil {
			return control.Closed{}, err
		}
		for _, e := range entries {
			rec, err := engine.Record(e)
			if err != nil {
				return control.Closed{}, err
			}
			if in, ok := rec.Input.(event.StaffOrder); ok && in.ID == order.ID {
				return closedBy(rec.Facts)
			}
			from = e.Seq
		}
		if len(entries) > 0 {
			continue
		}
		if err := o.m.log.Wait(ctx, from); err != nil {
			return control.Closed{}, o.stopped(errors.Join(err, context.Cause(ctx)))
		}
	}
}

// dayOrder is the order to close a day. A day that is not over is refused here
// with when it will be.
func dayOrder(timezone, day string, now bool, at time.Time, by control.By) (event.StaffOrder, error) {
	order := event.StaffOrder{ID: "close_day-" + strconv.FormatInt(time.Now().UnixNano(), 36), Actor: by.Actor, Reason: by.Reason,
		Order: event.OrderCloseDay, Day: day}
	zone, err := time.LoadLocation(timezone)
	if err != nil {
		return order, fmt.Errorf("the store's time zone: %w", err)
	}
	today := ledger.DayIn(zone)(at)
	switch {
	case order.Day == "" && now:
		order.Day = today
	case order.Day == "":
		order.Day = before(today)
	}
	end, err := ledger.EndOf(order.Day, zone)
	switch {
	case err != nil:
		return order, control.Errorf(control.CodeInvalid, "%v", err)
	case !end.After(at):
		order.Until = &end
	case !now:
		return order, control.Errorf(control.CodeRefused, "the day %s is not over before %s: close it then, or now with --now", order.Day, end.In(zone).Format("2006-01-02 15:04 MST"))
	case order.Day != today:
		return order, control.Errorf(control.CodeRefused, "the day %s has not begun", order.Day)
	}
	return order, nil
}

// before is the date before a date.
func before(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.AddDate(0, 0, -1).Format(time.DateOnly)
}

// closedBy says what came of an order to close a day.
func closedBy(facts []event.Fact) (control.Closed, error) {
	for _, f := range facts {
		switch f := f.(type) {
		case event.DayClosed:
			return control.Closed{Day: f.Day, Until: f.Until, Sessions: f.Sessions, Balances: f.Balances}, nil
		case event.Quarantined:
			return control.Closed{}, control.Errorf(control.CodeFailed, "the day was not closed, for its books do not add up: %s", f.Panic)
		case event.Ignored:
			return control.Closed{}, control.Errorf(control.CodeRefused, "the day was not closed: %s", f.Reason)
		default: // a fact of something else
		}
	}
	return control.Closed{}, control.Errorf(control.CodeFailed, "the day was not closed, and the store does not say why")
}

// CloseDay closes a day of a store that does not run, in the journal of its data
// folder. The record has the time of the last one: what was not watched is left
// for the host that goes on. It is an error where a host has the journal.
func CloseDay(data, day string, now bool, at time.Time, by control.By) (out control.Closed, err error) {
	old, err := journal.OpenReadOnly(filepath.Join(data, JournalFile))
	if err != nil {
		return out, err
	}
	r, err := engine.Rebuild(old)
	if err = errors.Join(err, old.Close()); err != nil {
		return out, err
	}
	if r.State.Definition == nil {
		return out, errors.New("the journal has no store definition: its store never ran")
	}
	def := r.State.Definition.Store
	order, err := dayOrder(def.Timezone, day, now, at, by)
	if err != nil {
		return out, err
	}
	if order.Until != nil && order.Until.After(r.At) { // nothing was posted since
		order.Until = nil
	}
	j, err := journal.Open(filepath.Join(data, JournalFile), &journal.Options{Store: def.Name})
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if head, _ := j.Head(); head != r.Head {
		return out, errors.New("the journal has gone on: a store runs on it")
	}
	rec := event.Record{At: r.At, Input: order}
	if rec.Facts, err = stepped(r.State, r.At, order); err != nil {
		return out, err
	}
	if out, err = closedBy(rec.Facts); err != nil {
		return out, err // nothing is written of an order that changes nothing
	}
	body, err := event.EncodeRecord(rec)
	if err != nil {
		return out, err
	}
	_, err = j.Append([]journal.Draft{{At: rec.At, Body: body}})
	return out, err
}

// stepped is one step of the core whose panic is an error.
func stepped(s *core.State, at time.Time, in event.Input) (facts []event.Fact, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the day was not closed, for its books do not add up: %v", p)
		}
	}()
	return core.Step(s, at, in), nil
}
