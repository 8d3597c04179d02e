package evidencebench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/openaisle/aisle/framework/supervisor"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid"
)

// wireArg makes a process the plugin of Wire.
const wireArg = "bench-wire-plugin"

// The drivers of the plugin of Wire.
const (
	tagsDriver = "tags"
	laneDriver = "lane"
)

func wirePlugin() sdk.Plugin {
	return sdk.Plugin{Name: "aisle/wirebench", Version: "0.0.0", Drivers: []sdk.Driver{
		rfid.Driver(tagsDriver, openTags), gate.Driver(laneDriver, openLane),
	}}
}

func wireSpec() (supervisor.Spec, error) {
	self, err := os.Executable()
	return supervisor.Spec{Name: "wirebench", Path: self, Args: []string{wireArg}}, err
}

// lane is a gate that admits at once.
type lane struct{}

func openLane(context.Context, sdk.Env, struct{}) (gate.Gate, error) { return lane{}, nil }

func (lane) Run(ctx context.Context, _ func(observe.Passage)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (lane) Admit(context.Context, gate.Admission) error { return nil }

type tagsConfig struct {
	Reports int `aisle:"reports,required,min=1" doc:"How many reports to make."`
	Rate    int `aisle:"rate,min=0" default:"0" doc:"How many a second; 0 for as many as are taken."`
}

// tags is a reader that tags pass for ever.
type tags struct {
	env  sdk.Env
	conf tagsConfig
}

func openTags(_ context.Context, env sdk.Env, c tagsConfig) (rfid.Reader, error) {
	return &tags{env, c}, nil
}

// ahead is how many reports are made beyond those that are acknowledged, at
// least: far below the spool, and enough to keep the stream full.
const ahead = 8192

func (r *tags) Run(ctx context.Context, report func(observe.Tag)) error {
	var err error
	if r.conf.Rate > 0 {
		err = pace(ctx, r.conf.Rate, r.conf.Reports, func(int) { report(tag(0, time.Now())) })
	} else {
		err = r.flood(ctx, report)
	}
	if err != nil {
		return err
	}
	<-ctx.Done()
	return ctx.Err()
}

// flood reports as fast as the host takes it: one lot is made while the one
// before is on its way.
func (r *tags) flood(ctx context.Context, report func(observe.Tag)) error {
	now := time.Now()
	e, at := tag(0, now), now.UnixMicro() // a device's own stamps, as LLRP has them
	var before chan error
	for from := 0; from < r.conf.Reports; from += ahead {
		for n := from; n < min(from+ahead, r.conf.Reports); n++ { // as the raw end does: what changes is filled in
			at += 50
			e.Onset, e.Settled = time.UnixMicro(at), time.UnixMicro(at+300_000)
			e.EPC, e.Antenna = codes[n%len(codes)], 1+n%4
			report(e)
		}
		if before != nil {
			if err := <-before; err != nil {
				return err
			}
		}
		before = make(chan error, 1)
		begun := make(chan struct{})
		go func() { // ends with its flush, at the latest with the device
			close(begun)
			before <- r.env.Link.Flush(ctx)
		}()
		<-begun
	}
	return errors.Join(<-before, ctx.Err())
}

// codes are the tags that pass.
var codes = func() (list [256]string) {
	for i := range list {
		list[i] = fmt.Sprintf("3074257BF7194E40%08X", i)
	}
	return list
}()

func tag(n int, at time.Time) observe.Tag {
	return observe.Tag{Interval: observe.Between(at, at.Add(300*time.Millisecond)), EPC: codes[n%len(codes)], Antenna: 1 + n%4,
		Power: -5500, Reads: 3, Direction: observe.DirectionOut, Confidence: 900_000}
}
