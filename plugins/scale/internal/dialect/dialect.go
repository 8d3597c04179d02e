package dialect

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

// A Dialect is one protocol of asking a scale for its weight.
type Dialect interface {
	// Name is for people.
	Name() string
	// Ask is what asks for the weight, as it is now.
	Ask() []byte
	// Frame gives the length of the first whole answer in what was received, with
	// what precedes it that is none, or 0 where more has to come.
	Frame(received []byte) int
	// Read reads an answer that Frame found.
	Read(answer []byte) (Reading, error)
}

// A Tarer is a Dialect that can make the present load the zero.
type Tarer interface {
	// Tare is what asks for it.
	Tare() []byte
	// Tared reads the answer to it.
	Tared(answer []byte) error
}

// Reading is what a scale says of its load.
type Reading struct {
	// Grams is the weight, where it says one.
	Grams float64
	// Moving says that the load is not at rest. There may be no weight then.
	Moving bool
	// Trouble is what the scale says of itself in place of a weight, as a clause:
	// "it is overloaded". It is empty where all is well.
	Trouble string
}

// MaxAnswer bounds an answer: the longest has 40 characters.
const MaxAnswer = 256

var (
	// ErrMalformed is of an answer that is none of the protocol's.
	ErrMalformed = errors.New("not an answer of this protocol")
	// ErrRestarted is of a scale that says that it was switched on just now.
	ErrRestarted = errors.New("the scale was restarted")
	// ErrRefused is of a command that the scale does not know or can't carry out.
	ErrRefused = errors.New("the scale does not carry it out")
)

func malformed(answer []byte) error { return fmt.Errorf("%w: %.40q", ErrMalformed, answer) }

// units are how many grams a unit is: the international avoirdupois pound, the
// carat and the tonne as in OIML R 76-1, 2.1.
var units = map[string]float64{
	"g": 1, "kg": 1000, "mg": 0.001, "t": 1e6, "ct": 0.2, "lb": 453.59237, "oz": 28.349523125,
}

// maxGrams is the most that any scale here may say: two tonnes.
const maxGrams = 2e6

// weight reads a decimal number of a unit.
func weight(number, unit string) (float64, error) {
	per, ok := units[unit]
	if !ok {
		return 0, fmt.Errorf("%w: the unit %.10q", ErrMalformed, unit)
	}
	digits := 0
	for i, c := range []byte(number) {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.', i == 0 && (c == '-' || c == '+'):
		default:
			return 0, fmt.Errorf("%w: the number %.20q", ErrMalformed, number)
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || digits == 0 || digits > 10 || math.Abs(v*per) > maxGrams {
		return 0, fmt.Errorf("%w: the number %.20q", ErrMalformed, number)
	}
	return v * per, nil
}
