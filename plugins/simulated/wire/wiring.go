package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/openaisle/aisle/sdk/credential/badge"
)

// wiring says which device of the scene speaks what, and at which port. Devices that it
// does not name are for others to play.
type wiring struct {
	Gates     []gateWiring  `json:"gates"`
	Buses     []busWiring   `json:"buses"`
	Lanes     []laneWiring  `json:"lanes"`
	LoadCells []cellsWiring `json:"load_cells"`
	Scales    []scaleWiring `json:"scales"`
	Broker    *brokerWiring `json:"broker"`
}

// gateWiring is a gate that one coil unlocks, with a light curtain and a fire input that
// is normally closed: Modbus/TCP.
type gateWiring struct {
	Device     string `json:"device"`
	Port       int    `json:"port"`
	Unlock     uint16 `json:"unlock"`
	BeamStreet uint16 `json:"beam_street"`
	BeamStore  uint16 `json:"beam_store"`
	Fire       uint16 `json:"fire"`
}

// busWiring is an OSDP line behind a serial server.
type busWiring struct {
	Port    int            `json:"port"`
	Readers []readerWiring `json:"readers"`
}

// readerWiring is an OSDP peripheral with its own key.
type readerWiring struct {
	Device  string `json:"device"`
	Address byte   `json:"address"`
	// Palm is a reader that recognises palms, and none of cards.
	Palm bool `json:"palm"`
	// Key is the file of its base key, in hexadecimal digits. TokenKey is that of the
	// key with which the store makes tokens of cards: the witness must know who is
	// meant by one.
	Key      string `json:"key"`
	TokenKey string `json:"token_key"`

	key    [16]byte
	tokens badge.Tokens
}

// laneWiring is an LLRP reader with antennas along a lane.
type laneWiring struct {
	Device   string `json:"device"`
	Port     int    `json:"port"`
	Antennas int    `json:"antennas"`
}

// cellsWiring are the transmitters of a shelf's load cells, tenths of a gram as 32 bits
// from register 0 on, two registers a bay: Modbus/TCP.
type cellsWiring struct {
	Device string `json:"device"`
	Port   int    `json:"port"`
}

// scaleWiring is a scale of one bay.
type scaleWiring struct {
	Device  string `json:"device"`
	Port    int    `json:"port"`
	Dialect string `json:"dialect"`
}

// brokerWiring is an MQTT broker, with the shelf controllers that publish to it.
type brokerWiring struct {
	Port    int             `json:"port"`
	Shelves []topicsOfShelf `json:"shelves"`
}

type topicsOfShelf struct {
	Device string `json:"device"`
	Topic  string `json:"topic"`
	Bays   int    `json:"bays"`
	// Counts publishes what the converter says, and its calibration.
	Counts bool `json:"counts"`
}

func readWiring(path, keys string) (*wiring, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var w wiring
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	seen := map[int]bool{statusPort: true}
	for _, port := range w.ports() {
		if port < 1024 || port > 65535 || seen[port] {
			err = errors.Join(err, fmt.Errorf("port %d: one of its own from 1024 to 65535, and not %d", port, statusPort))
		}
		seen[port] = true
	}
	for i := range w.Buses {
		for j := range w.Buses[i].Readers {
			err = errors.Join(err, w.Buses[i].Readers[j].unlock(keys))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &w, nil
}

// unlock reads the keys of a reader.
func (r *readerWiring) unlock(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, r.Key))
	if err != nil {
		return err
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != len(r.key) {
		return fmt.Errorf("%s: a key is %d hexadecimal digits", r.Key, 2*len(r.key))
	}
	copy(r.key[:], key)
	if text, err = os.ReadFile(filepath.Join(folder, r.TokenKey)); err != nil {
		return err
	}
	r.tokens, err = badge.NewTokens("badge_", strings.TrimSpace(string(text)))
	return err
}

// ports are all that are listened at.
func (w *wiring) ports() (all []int) {
	for _, g := range w.Gates {
		all = append(all, g.Port)
	}
	for _, b := range w.Buses {
		all = append(all, b.Port)
	}
	for _, l := range w.Lanes {
		all = append(all, l.Port)
	}
	for _, c := range w.LoadCells {
		all = append(all, c.Port)
	}
	for _, s := range w.Scales {
		all = append(all, s.Port)
	}
	if w.Broker != nil {
		all = append(all, w.Broker.Port)
	}
	return all
}
