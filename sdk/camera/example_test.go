package camera_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/camera"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
)

// Config is what an integrator writes in the camera's config block.
type Config struct {
	Zone  string `aisle:"zone,required" doc:"Address of the zone that the camera sees."`
	Shelf string `aisle:"shelf,required" doc:"Address of the shelf in it."`
}

// tracker is a camera whose own software follows bodies and tells of them in
// lines of JSON. Boot makes its track numbers names that are never used again.
type tracker struct {
	lines io.Reader
	conf  Config
	boot  string
}

// line is what the tracker's software tells.
type line struct {
	Body int       `json:"body"`
	At   time.Time `json:"at"`
	Does string    `json:"does"` // appear, vanish, take, put
}

func (t *tracker) Run(ctx context.Context, report camera.Report) error {
	for d := json.NewDecoder(t.lines); ctx.Err() == nil; {
		var l line
		if err := d.Decode(&l); err != nil {
			return fault.Wrap(fault.Unavailable, "read the tracker", err) // the host opens it again
		}
		track := observe.Track(fmt.Sprintf("%s-%d", t.boot, l.Body))
		presence := observe.Presence{Interval: observe.At(l.At), Track: track, Zone: t.conf.Zone}
		hand := observe.Interaction{Interval: observe.At(l.At), Track: track, At: t.conf.Shelf, Confidence: 900_000}
		switch l.Does {
		case "appear":
			presence.Phase = observe.PhaseBegan
			report.Presence(presence)
		case "vanish":
			presence.Phase = observe.PhaseEnded
			report.Presence(presence)
		case "take":
			hand.Action = observe.ActionTake
			report.Interaction(hand)
		case "put":
			hand.Action = observe.ActionPut
			report.Interaction(hand)
		}
	}
	return ctx.Err()
}

func Example() {
	open := func(context.Context, sdk.Env, Config) (camera.Camera, error) {
		return nil, errors.New("the example has no camera")
	}
	driver := camera.Driver("tracker", open)
	// In a plugin's main:
	//	sdk.Serve(sdk.Plugin{Name: "acme/tracker", Version: "1.0.0", Drivers: []sdk.Driver{driver}})
	fmt.Println(driver.Class, driver.Name, driver.Check())

	t := &tracker{boot: "b7", conf: Config{Zone: "zone.drinks", Shelf: "weight_shelf.cooler"}, lines: strings.NewReader(`
		{"body":1,"at":"2026-03-04T12:00:00Z","does":"appear"}
		{"body":1,"at":"2026-03-04T12:00:05Z","does":"take"}
		{"body":1,"at":"2026-03-04T12:00:09Z","does":"vanish"}`)}
	err := t.Run(context.Background(), camera.Report{
		Presence:    func(p observe.Presence) { fmt.Println(p.Track, p.Phase, p.Zone) },
		Interaction: func(i observe.Interaction) { fmt.Println(i.Track, i.Action, i.At) },
	})
	fmt.Println(err)
	// Output:
	// camera tracker <nil>
	// b7-1 began zone.drinks
	// b7-1 take weight_shelf.cooler
	// b7-1 ended zone.drinks
	// read the tracker: EOF
}
