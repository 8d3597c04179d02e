// Package lanes drives recorded RFID readers over a lane: every read of a
// recording goes through sdk/signal, as those of a live reader do.
//
// It reads the whole recording when the device is opened, and refuses one that
// is torn. Package play says when each read is played.
package lanes

import (
	"time"

	"github.com/openaisle/aisle/plugins/recording/internal/play"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/signal"
)

// Config is the config block of an rfid_reader whose driver is lane.
type Config struct {
	File string `aisle:"file,required,read" doc:"Absolute path of the recording: CSV with the columns timestamp (Unix seconds, in any order), antenna, rssi (dBm), epc, and where the reader has them phase_angle (4096 to a turn), channel_index and doppler_frequency (1/16 Hz)."`

	Antennas   []Antenna     `aisle:"antenna,min=2,max=32" doc:"An antenna of the lane."`
	Wavelength float64       `aisle:"wavelength" default:"0.3277" doc:"Of the carrier, in metres: 0.3277 in America, 0.346 in Europe."`
	Silence    time.Duration `aisle:"silence,min=100ms,max=1m" default:"2s" doc:"How long a tag must not have been read for its passage to be over."`

	Dwell time.Duration `aisle:"dwell,min=1s,max=1m" default:"20s" doc:"A tag that is read for longer is reported as merely there while it is still in view. More than a walk through the lane takes."`

	Clock string        `aisle:"clock,dial" doc:"Address of a simulated world whose clock the reads are played on, such as peer.world.address."`
	Start time.Duration `aisle:"start,min=0s" default:"0s" doc:"When the first read is played: after the world began or, without a clock, after the device was opened."`
	Pace  string        `aisle:"pace,one_of=real|max" default:"real" doc:"Real time, or as fast as the host takes it. Not used with a clock."`
}

// Antenna is where an antenna stands.
type Antenna struct {
	ID    int     `aisle:"id,required,min=1,max=4096" doc:"LLRP AntennaID, as in the recording."`
	Along float64 `aisle:"along,required" doc:"Metres along the lane, growing from the street to the store."`
}

// filter makes the lane's filter, and with it checks the antennas.
func (c Config) filter() (*signal.Lane, error) {
	o := signal.LaneOptions{Wavelength: c.Wavelength, Silence: c.Silence}
	seen := map[int]bool{}
	for _, a := range c.Antennas {
		if seen[a.ID] {
			return nil, fault.At("antenna", fault.Errorf(fault.Invalid, "antenna %d is there twice", a.ID))
		}
		seen[a.ID] = true
		o.Antennas = append(o.Antennas, signal.LaneAntenna{ID: a.ID, Along: a.Along})
	}
	l, err := signal.NewLane(o)
	if err != nil {
		return nil, fault.At("antenna", fault.Wrap(fault.Invalid, "", err))
	}
	return l, nil
}

func (c Config) pace() play.Pace { return play.Pace{Clock: c.Clock, Start: c.Start, Pace: c.Pace} }
