package event

import (
	"encoding/json"
	"fmt"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/sdk/observe"
)

// EncodeRecord writes the input and facts of r as JSON: the body of a journal
// entry. Sequence number and time are the journal's own columns. The encoding
// of equal records is equal, byte for byte.
func EncodeRecord(r Record) ([]byte, error) { return AppendRecord(make([]byte, 0, 1024), r) }

// AppendRecord adds to b what EncodeRecord gives. What b has up to its length
// stays, error or not.
func AppendRecord(b []byte, r Record) ([]byte, error) {
	b, err := encode(append(b, `{"input":`...), inputName(r.Input), r.Input)
	if err != nil {
		return nil, err
	}
	b = append(b, `,"facts":[`...)
	for i, f := range r.Facts {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = encode(b, factName(f), f); err != nil {
			return nil, err
		}
	}
	return append(b, `]}`...), nil
}

// DecodeRecord reads what EncodeRecord wrote.
func DecodeRecord(body []byte) (Record, error) {
	raw, err := opened(body)
	if err != nil {
		return Record{}, err
	}
	var r Record
	if r.Input, err = decodeInput(raw.Input); err != nil {
		return Record{}, err
	}
	r.Facts, err = decodeFacts(raw.Facts)
	return r, err
}

// DecodeFacts reads the facts of what EncodeRecord wrote, and not the input: they
// are all that a fold needs.
func DecodeFacts(body []byte) ([]Fact, error) {
	raw, err := opened(body)
	if err != nil {
		return nil, err
	}
	return decodeFacts(raw.Facts)
}

func decodeFacts(raw []envelope) (facts []Fact, err error) {
	if len(raw) > 0 {
		facts = make([]Fact, len(raw))
	}
	for i, e := range raw {
		if facts[i], err = decodeFact(e); err != nil {
			return nil, err
		}
	}
	return facts, nil
}

type envelope struct {
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
}

func encode(b []byte, name string, v any) ([]byte, error) {
	if name == "" {
		return nil, fmt.Errorf("%T is no kind of journal entry", v)
	}
	b = append(append(append(b, `{"kind":"`...), name...), `","value":`...)
	var err error
	if e, ok := v.(Evidence); ok {
		b, err = e.append(b)
	} else {
		b, err = canonical.Append(b, v)
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(b, '}'), nil
}

func as[T any](raw json.RawMessage) (T, error) {
	var v T
	err := canonical.Decode(raw, &v)
	return v, err
}

type evidenceJSON struct {
	evidenceFields
	Kind     observe.Kind    `json:"of,omitempty"`
	Observed json.RawMessage `json:"observed,omitempty"`
}

type evidenceFields Evidence

// MarshalJSON writes the evidence with its kind beside it.
func (e Evidence) MarshalJSON() ([]byte, error) { return e.append(nil) }

func (e Evidence) append(b []byte) ([]byte, error) {
	b, err := canonical.Append(b, evidenceFields(e))
	if err != nil || e.Observed == nil {
		return b, err
	}
	b = b[:len(b)-1]
	if k := observe.KindOf(e.Observed); k != observe.KindUnknown {
		b = append(append(append(b, `,"of":"`...), k.String()...), '"')
	}
	if b, err = canonical.Append(append(b, `,"observed":`...), e.Observed); err != nil {
		return nil, err
	}
	return append(b, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Evidence) UnmarshalJSON(b []byte) error {
	var in evidenceJSON
	if err := canonical.Decode(b, &in); err != nil {
		return err
	}
	*e = Evidence(in.evidenceFields)
	if in.Kind == observe.KindUnknown {
		return nil
	}
	var err error
	e.Observed, err = observe.Decode(in.Kind, in.Observed)
	return err
}
