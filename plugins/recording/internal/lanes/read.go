package lanes

import (
	"encoding/hex"
	"errors"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/openaisle/aisle/plugins/recording/internal/table"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

// The units of an Impinj reader's reports.
const (
	phaseTurn   = 4096 // of phase_angle
	dopplerUnit = 16   // of doppler_frequency, to a hertz
)

// What a reader can receive, in dBm.
const minRSSI, maxRSSI = -120, 30

// columns are the indices of a recording's columns; -1 for one that is not there.
type columns struct{ at, antenna, rssi, epc, phase, channel, doppler int }

// read reads a recording whole, and puts the reads of the lane's antennas in
// order: readers send them an antenna at a time. Its error names the attribute
// that is to blame.
func read(conf Config) (reads []signal.Read, err error) {
	t, err := table.Open(conf.File)
	if err != nil {
		return nil, fault.At("file", err)
	}
	defer func() {
		if cerr := t.Close(); cerr != nil && err == nil {
			err = fault.At("file", fault.Wrap(fault.Invalid, "", cerr))
		}
	}()
	c, err := find(t)
	if err != nil {
		return nil, fault.At("file", err)
	}
	for {
		r, err := c.row(t)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.At("file", err)
		}
		if slices.ContainsFunc(conf.Antennas, func(a Antenna) bool { return a.ID == r.Antenna }) && gs1.EPC(r.EPC).Valid() {
			reads = append(reads, r)
		}
	}
	if len(reads) == 0 {
		return nil, fault.At("file", fault.Errorf(fault.Invalid, "%s has no read by an antenna of the lane", conf.File))
	}
	slices.SortStableFunc(reads, func(a, b signal.Read) int { return a.At.Compare(b.At) })
	return reads, nil
}

func find(t *table.Table) (c columns, err error) {
	for name, i := range map[string]*int{"timestamp": &c.at, "antenna": &c.antenna, "rssi": &c.rssi, "epc": &c.epc} {
		var cerr error
		*i, cerr = t.Column(name)
		err = errors.Join(err, cerr)
	}
	for name, i := range map[string]*int{"phase_angle": &c.phase, "channel_index": &c.channel, "doppler_frequency": &c.doppler} {
		var cerr error
		if *i, cerr = t.Column(name); cerr != nil {
			*i = -1
		}
	}
	return c, err
}

func (c columns) row(t *table.Table) (r signal.Read, err error) {
	cells, err := t.Next()
	if err != nil {
		return r, err
	}
	if r.At, err = t.Instant(cells, c.at, 1); err != nil {
		return r, err
	}
	if r.EPC, err = epc(t, cells, c.epc); err != nil {
		return r, err
	}
	if r.Antenna, err = whole(t, cells, c.antenna, observe.MaxBay); err != nil {
		return r, err
	}
	if r.RSSI, err = t.Number(cells, c.rssi); err != nil {
		return r, err
	}
	if r.RSSI < minRSSI || r.RSSI > maxRSSI {
		return r, t.Here(c.rssi, "is no power that a reader receives, in dBm")
	}
	if c.phase >= 0 && c.channel >= 0 {
		if r.Phase, err = t.Number(cells, c.phase); err != nil {
			return r, err
		}
		r.Phase *= 2 * math.Pi / phaseTurn
		if r.Channel, err = whole(t, cells, c.channel, math.MaxUint16); err != nil {
			return r, err
		}
	}
	if c.doppler >= 0 {
		if r.Doppler, err = t.Number(cells, c.doppler); err != nil {
			return r, err
		}
		r.Doppler /= dopplerUnit
	}
	return r, nil
}

// whole reads a number from 0 to most without a fraction.
func whole(t *table.Table, cells []string, i, most int) (int, error) {
	v, err := t.Number(cells, i)
	if err != nil {
		return 0, err
	}
	if v != math.Trunc(v) || v < 0 || v > float64(most) {
		return 0, t.Here(i, "is no number of an antenna or channel")
	}
	return int(v), nil
}

// epc reads an EPC in hexadecimal. Loggers in Python write it as b'3034...'.
func epc(t *table.Table, cells []string, i int) (string, error) {
	s := strings.TrimSpace(cells[i])
	if inner, ok := strings.CutPrefix(s, "b'"); ok {
		if s, ok = strings.CutSuffix(inner, "'"); !ok {
			return "", t.Here(i, "is no EPC: its quote is not closed")
		}
	}
	if _, err := hex.DecodeString(s); err != nil || s == "" || len(s) > observe.MaxText {
		return "", t.Here(i, "is no EPC in hexadecimal")
	}
	return strings.ToUpper(s), nil
}
