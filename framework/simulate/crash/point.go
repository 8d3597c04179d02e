package crash

import (
	"fmt"
	"strconv"
	"strings"
)

// point names a power cut or an error: journey:operation:what:salt, and after a slash the same of a recovery.
type point struct {
	seed uint64
	at   place
	then *place // during the recovery from the first
}

// place is one moment in a log. What is a variant's name, or that of an error.
type place struct {
	op   int
	what string
	salt uint64
}

func (p place) String() string { return fmt.Sprintf("%d:%s:%d", p.op, p.what, p.salt) }

func (p point) String() string {
	s := fmt.Sprintf("%d:%s", p.seed, p.at)
	if p.then != nil {
		s += "/" + p.then.String()
	}
	return s
}

// parsePoint reads a point's name; nil for none.
func parsePoint(name string) (*point, error) {
	if name == "" {
		return nil, nil
	}
	wrong := fmt.Errorf("point %q: write it as it was printed, JOURNEY:OPERATION:WHAT:SALT, and perhaps /OPERATION:WHAT:SALT", name)
	first, second, twice := strings.Cut(name, "/")
	seed, rest, ok := strings.Cut(first, ":")
	var p point
	var err error
	if p.seed, err = strconv.ParseUint(seed, 10, 64); err != nil || !ok {
		return nil, wrong
	}
	if p.at, ok = parsePlace(rest); !ok {
		return nil, wrong
	}
	if twice {
		then, ok := parsePlace(second)
		if !ok {
			return nil, wrong
		}
		p.then = &then
	}
	return &p, nil
}

func parsePlace(s string) (p place, ok bool) {
	f := strings.Split(s, ":")
	if len(f) != 3 {
		return p, false
	}
	op, err := strconv.Atoi(f[0])
	salt, err2 := strconv.ParseUint(f[2], 10, 64)
	_, cut := variantOf(f[1])
	_, wrong := errorOf(f[1])
	return place{op, f[1], salt}, err == nil && err2 == nil && (cut || wrong)
}
