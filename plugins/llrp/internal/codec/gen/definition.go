package main

import (
	"encoding/xml"
	"fmt"
)

// The elements of an LTK definition file. Its prose is not read: it is GS1's, and may be shown within that work only.
type definitions struct {
	Messages   []element     `xml:"messageDefinition"`
	Parameters []element     `xml:"parameterDefinition"`
	Choices    []choice      `xml:"choiceDefinition"`
	Enums      []enumeration `xml:"enumerationDefinition"`
}

// element is a message or a parameter.
type element struct {
	Name string `xml:"name,attr"`
	Type uint16 `xml:"typeNum,attr"`
	Body []part `xml:",any"`
	// Since11 is set on what LLRP 1.0.1 does not have.
	Since11 bool `xml:"-"`
}

// part is a field, reserved bits, a parameter or a choice, in their order on the wire.
type part struct {
	XMLName     xml.Name
	Name        string `xml:"name,attr"`
	Type        string `xml:"type,attr"`
	Enumeration string `xml:"enumeration,attr"`
	BitCount    int    `xml:"bitCount,attr"`
	Repeat      string `xml:"repeat,attr"`
}

type choice struct {
	Name    string `xml:"name,attr"`
	Members []struct {
		Type string `xml:"type,attr"`
	} `xml:"parameter"`
}

type enumeration struct {
	Name    string `xml:"name,attr"`
	Entries []struct {
		Name  string `xml:"name,attr"`
		Value uint16 `xml:"value,attr"`
	} `xml:"entry"`
}

// parse reads a definition file.
func parse(data []byte) (*definitions, error) {
	var d definitions
	if err := xml.Unmarshal(data, &d); err != nil {
		return nil, fmt.Errorf("read the definition of LLRP: %w", err)
	}
	if len(d.Messages) < 40 || len(d.Parameters) < 100 {
		return nil, fmt.Errorf("%d messages and %d parameters: that is no definition of LLRP", len(d.Messages), len(d.Parameters))
	}
	return &d, nil
}

// merged takes 1.1 and marks what 1.0.1 does not have. It fails where the two do not agree on the wire, for one codec reads both.
func merged(d10, d11 *definitions) (*definitions, error) {
	old := map[string]*element{}
	for _, list := range [][]element{d10.Messages, d10.Parameters} {
		for i := range list {
			old[list[i].Name] = &list[i]
		}
	}
	for _, list := range [][]element{d11.Messages, d11.Parameters} {
		for i := range list {
			e := &list[i]
			was, known := old[e.Name]
			e.Since11 = !known
			if known && (was.Type != e.Type || was.bits() != e.bits()) {
				return nil, fmt.Errorf("%s is laid out in another way in 1.1", e.Name)
			}
			delete(old, e.Name)
		}
	}
	for name := range old {
		return nil, fmt.Errorf("%s is gone in 1.1", name)
	}
	return d11, nil
}

// bits is the width of all fields of fixed width, with the reserved bits.
func (e *element) bits() (n int) {
	for _, p := range e.fields() {
		n += p.BitCount + widths[p.Type]
	}
	return n
}

func (e *element) fields() (list []part) {
	for _, p := range e.Body {
		if k := p.XMLName.Local; k == "field" || k == "reserved" {
			list = append(list, p)
		}
	}
	return list
}

func (e *element) members() (list []part) {
	for _, p := range e.Body {
		if k := p.XMLName.Local; k == "parameter" || k == "choice" {
			list = append(list, p)
		}
	}
	return list
}

// check says what the generator could not write: a field behind a parameter, say.
func (e *element) check() error {
	behind := false
	for _, p := range e.Body {
		switch k := p.XMLName.Local; k {
		case "parameter", "choice":
			behind = true
		case "field", "reserved":
			if behind {
				return fmt.Errorf("%s: field %s is behind a parameter", e.Name, p.Name)
			}
			if k == "field" && goTypes[p.Type] == "" {
				return fmt.Errorf("%s: field %s is of type %s, which is unknown", e.Name, p.Name, p.Type)
			}
		}
	}
	return nil
}
