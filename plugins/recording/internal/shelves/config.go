// Package shelves drives recorded weight shelves: every sample of a recording
// goes through sdk/signal, as those of a live shelf do.
//
// It reads the whole recording when the device is opened, and refuses one that
// is torn. Package play says when each sample is played.
package shelves

import (
	"strconv"
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/play"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Config is the config block of a weight_shelf whose driver is shelf.
type Config struct {
	File    string   `aisle:"file,required,read" doc:"Absolute path of the recording: CSV, its first line names the columns."`
	Column  string   `aisle:"column" doc:"Column of grams, for a shelf of one bay."`
	Columns []string `aisle:"columns" doc:"Columns of grams, one for each bay from bay 1, in place of column."`
	Time    string   `aisle:"time" default:"t_ms" doc:"Column of times in milliseconds, ascending; Unix time, or any other count."`

	Clock string        `aisle:"clock,dial" doc:"Address of a simulated world whose clock the samples are played on, such as peer.world.address."`
	Start time.Duration `aisle:"start,min=0s" default:"0s" doc:"When the first sample is played: after the world began or, without a clock, after the device was opened."`
	Pace  string        `aisle:"pace,one_of=real|max" default:"real" doc:"Real time, or as fast as the host takes it. Not used with a clock."`

	MinChange measure.Mass `aisle:"min_change,min=1g,max=10kg" default:"10g" doc:"The least change of mass that is reported. 15 g does well where nothing below 30 g is sold."`
}

// columns gives the column of each bay, with its attribute path.
func (c Config) columns() (names, paths []string, err error) {
	switch {
	case c.Column != "" && len(c.Columns) > 0:
		return nil, nil, fault.At("columns", fault.New(fault.Invalid, "takes the place of column: give one of the two"))
	case c.Column != "":
		return []string{c.Column}, []string{"column"}, nil
	case len(c.Columns) == 0:
		return nil, nil, fault.At("column", fault.New(fault.Invalid, "is missing: name the column of grams"))
	case len(c.Columns) > observe.MaxBay:
		return nil, nil, fault.At("columns", fault.Errorf(fault.Invalid, "a shelf has at most %d bays", observe.MaxBay))
	}
	for i := range c.Columns {
		paths = append(paths, "columns["+strconv.Itoa(i)+"]")
	}
	return c.Columns, paths, nil
}

func (c Config) pace() play.Pace { return play.Pace{Clock: c.Clock, Start: c.Start, Pace: c.Pace} }
