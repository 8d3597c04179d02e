package event

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/openaisle/aisle/sdk/observe"
)

// EncodeRecord writes the input and facts of r as JSON: the body of a journal
// entry. Sequence number and time are the journal's own columns. The encoding
// of equal records is equal, byte for byte.
func EncodeRecord(r Record) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(`{"input":`)
	if err := encode(&b, inputName(r.Input), r.Input); err != nil {
		return nil, err
	}
	b.WriteString(`,"facts":[`)
	for i, f := range r.Facts {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, factName(f), f); err != nil {
			return nil, err
		}
	}
	b.WriteString(`]}`)
	return b.Bytes(), nil
}

// DecodeRecord reads what EncodeRecord wrote.
func DecodeRecord(body []byte) (Record, error) {
	var raw struct {
		Input envelope   `json:"input"`
		Facts []envelope `json:"facts"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return Record{}, fmt.Errorf("journal record: %w", err)
	}
	var r Record
	var err error
	if r.Input, err = decodeInput(raw.Input); err != nil {
		return Record{}, err
	}
	if len(raw.Facts) > 0 {
		r.Facts = make([]Fact, len(raw.Facts))
	}
	for i, e := range raw.Facts {
		if r.Facts[i], err = decodeFact(e); err != nil {
			return Record{}, err
		}
	}
	return r, nil
}

type envelope struct {
	Kind  string          `json:"kind"`
	Value json.RawMessage `json:"value"`
}

func encode(b *bytes.Buffer, name string, v any) error {
	if name == "" {
		return fmt.Errorf("%T is no kind of journal entry", v)
	}
	b.WriteString(`{"kind":"`)
	b.WriteString(name)
	b.WriteString(`","value":`)
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode %s: %w", name, err)
	}
	b.Write(body)
	b.WriteByte('}')
	return nil
}

func as[T any](raw json.RawMessage) (T, error) {
	var v T
	err := json.Unmarshal(raw, &v)
	return v, err
}

type evidenceJSON struct {
	evidenceFields
	Kind     observe.Kind    `json:"of,omitempty"`
	Observed json.RawMessage `json:"observed,omitempty"`
}

type evidenceFields Evidence

// MarshalJSON writes the evidence with its kind beside it.
func (e Evidence) MarshalJSON() ([]byte, error) {
	out := evidenceJSON{evidenceFields: evidenceFields(e)}
	if e.Observed != nil {
		body, err := json.Marshal(e.Observed)
		if err != nil {
			return nil, err
		}
		out.Kind, out.Observed = observe.KindOf(e.Observed), body
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Evidence) UnmarshalJSON(b []byte) error {
	var in evidenceJSON
	if err := json.Unmarshal(b, &in); err != nil {
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
