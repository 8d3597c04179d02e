package scalesim

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

var faults = map[string]Fault{
	"none": None, "overload": Overload, "silent": Silent, "garbage": Garbage, "restart": Restart,
}

// Order does what a line of text says: "345" and "-345" put grams on it and take
// them, "break silent" makes it misbehave, "move 20" makes its load move for 20
// answers more. It gives what is to be said of it: "asked" gives how often it was.
func (s *Scale) Order(text string) (string, error) {
	word, of, _ := strings.Cut(strings.TrimSpace(text), " ")
	switch word {
	case "break":
		f, known := faults[of]
		if !known {
			return "", fmt.Errorf("there is no fault %q", of)
		}
		s.Break(f)
		return "ok", nil
	case "move":
		n, err := strconv.Atoi(of)
		if err != nil {
			return "", fmt.Errorf("%q is no number", of)
		}
		s.Move(n)
		return "ok", nil
	case "asked":
		return strconv.Itoa(s.Asked()), nil
	}
	g, err := strconv.ParseFloat(word, 64)
	if err != nil || of != "" {
		return "", fmt.Errorf("%q is no number of grams", text)
	}
	s.Put(g)
	return "ok", nil
}

// Orders carries out the lines of a wire and answers each until it ends: the controls of a scale that a test in a machine can't reach
// otherwise.
func (s *Scale) Orders(wire io.ReadWriter) error {
	lines := bufio.NewScanner(wire)
	for lines.Scan() {
		answer, err := s.Order(lines.Text())
		if err != nil {
			answer = err.Error()
		}
		if _, err := fmt.Fprintln(wire, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}
