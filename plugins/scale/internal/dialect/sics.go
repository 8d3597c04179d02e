package dialect

import (
	"bytes"
	"fmt"
	"strings"
)

// SICS is MT-SICS: lines of ASCII that end with CR LF, an identification, a
// status and parameters, parted by spaces (MT-SICS reference manual, 2.1).
type SICS struct{}

// Name is for people.
func (SICS) Name() string { return "MT-SICS" }

// Ask asks for the net weight immediately, at rest or not (SI).
func (SICS) Ask() []byte { return []byte("SI\r\n") }

// Tare takes the present weight as tare, when it is at rest (T).
func (SICS) Tare() []byte { return []byte("T\r\n") }

// Frame finds a line.
func (SICS) Frame(b []byte) int { return bytes.IndexByte(b, '\n') + 1 }

// Read reads the answer to SI, which is one to S.
func (SICS) Read(line []byte) (Reading, error) {
	f, err := sicsFields(line)
	if err != nil {
		return Reading{}, err
	}
	if f[0] != "S" || len(f) < 2 {
		return Reading{}, malformed(line)
	}
	switch {
	case len(f) == 2 && f[1] == "I": // understood, and can't be done at present
		return Reading{Moving: true}, nil
	case len(f) == 2 && f[1] == "+":
		return Reading{Trouble: "it is overloaded"}, nil
	case len(f) == 2 && f[1] == "-":
		return Reading{Trouble: "it is below its range: is something missing on its platform?"}, nil
	case len(f) == 2 && f[1] == "L":
		return Reading{}, fmt.Errorf("%w: a wrong parameter", ErrRefused)
	case len(f) == 4 && (f[1] == "S" || f[1] == "D"):
		g, err := weight(f[2], f[3])
		if err != nil {
			return Reading{}, err
		}
		return Reading{Grams: g, Moving: f[1] == "D"}, nil
	}
	return Reading{}, malformed(line)
}

// Tared reads the answer to T.
func (SICS) Tared(line []byte) error {
	f, err := sicsFields(line)
	if err != nil {
		return err
	}
	switch {
	case f[0] != "T" || len(f) < 2:
		return malformed(line)
	case f[1] == "S" && len(f) == 4:
		_, err := weight(f[2], f[3])
		return err
	case f[1] == "I":
		return fmt.Errorf("%w: its load does not come to rest", ErrRefused)
	case f[1] == "+" || f[1] == "-":
		return fmt.Errorf("%w: the load is outside the tare range", ErrRefused)
	}
	return malformed(line)
}

// sicsFields parts a line, and knows what may come at any time: the errors that
// have no identification, and the serial number that a scale says when it is
// switched on or reset.
func sicsFields(line []byte) ([]string, error) {
	text := strings.TrimRight(string(line), "\r\n")
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			return nil, malformed(line)
		}
	}
	f := strings.Fields(text)
	switch {
	case len(f) == 0 || len(line) > MaxAnswer:
		return nil, malformed(line)
	case len(f) == 1 && f[0] == "ES":
		return nil, fmt.Errorf("%w: it does not know the command (ES)", ErrRefused)
	case len(f) == 1 && f[0] == "ET":
		return nil, fmt.Errorf("%w: it was garbled on the way (ET)", ErrRefused)
	case len(f) == 1 && f[0] == "EL":
		return nil, fmt.Errorf("%w: the command can't be carried out (EL)", ErrRefused)
	case len(f) >= 2 && (f[0] == "I4" || f[0] == "@") && f[1] == "A":
		return nil, ErrRestarted
	}
	return f, nil
}
