package reader

import (
	"encoding/binary"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// read is one entry of a report, taken apart.
type read struct {
	code        []byte
	antenna     int
	power       int // hundredths of dBm
	phase       int // 4096ths of a turn from 1 on, 4096 for none; 0 where it is not told
	channel     int
	doppler     float64 // hertz
	count       int
	first, last uint64 // on the reader's clock, microseconds; 0 where they are not told
	uptime      bool   // they count from when the reader was switched on
}

// turn is how many units of phase make one.
const turn = 4096

// readOf takes an entry apart. It is false for one without a code.
func readOf(t *codec.TagReportData) (r read, ok bool) {
	switch e := t.EPCParameter.(type) {
	case *codec.EPC96:
		r.code = e.EPC[:]
	case *codec.EPCData:
		r.code = e.EPC.Data
	}
	if len(r.code) == 0 {
		return r, false
	}
	r.antenna, r.count = 1, 1
	if t.AntennaID != nil {
		r.antenna = int(t.AntennaID.AntennaID)
	}
	if t.PeakRSSI != nil {
		r.power = int(t.PeakRSSI.PeakRSSI) * 100
	}
	if t.ChannelIndex != nil {
		r.channel = int(t.ChannelIndex.ChannelIndex)
	}
	if t.TagSeenCount != nil {
		r.count = max(1, int(t.TagSeenCount.TagCount))
	}
	r.times(t)
	for _, c := range t.Custom {
		if c.VendorIdentifier == impinj && len(c.Data) >= 2 {
			r.extension(c)
		}
	}
	return r, true
}

func (r *read) times(t *codec.TagReportData) {
	switch {
	case t.FirstSeenTimestampUTC != nil:
		r.first = t.FirstSeenTimestampUTC.Microseconds
	case t.FirstSeenTimestampUptime != nil:
		r.first, r.uptime = t.FirstSeenTimestampUptime.Microseconds, true
	}
	switch {
	case t.LastSeenTimestampUTC != nil && !r.uptime:
		r.last = t.LastSeenTimestampUTC.Microseconds
	case t.LastSeenTimestampUptime != nil && (r.uptime || r.first == 0):
		r.last, r.uptime = t.LastSeenTimestampUptime.Microseconds, true
	}
	if r.first == 0 {
		r.first = r.last
	}
	r.last = max(r.first, r.last)
}

func (r *read) extension(c *codec.Custom) {
	v := binary.BigEndian.Uint16(c.Data)
	switch c.ParameterSubtype {
	case impinjPhase:
		if r.phase = int(v) % turn; r.phase == 0 {
			r.phase = turn
		}
	case impinjPeakRSSI:
		r.power = int(int16(v))
	case impinjDoppler:
		r.doppler = float64(int16(v)) / 16
	}
}
