package stripetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// admin serves what is no part of Stripe, so that other processes can look and set faults:
//
//	GET    /_ledger    every Movement, a line of JSON each
//	GET    /_requests  every Request, a line of JSON each
//	GET    /_faults    the Faults not used up, a line of JSON each
//	POST   /_faults    sets a Fault, or an array of them
//	DELETE /_faults    forgets them
//	POST   /_release   lets go on what delay faults hold back
func (s *Server) admin(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_ledger":
		lines(w, s.Ledger())
	case "GET /_requests":
		lines(w, s.Requests())
	case "GET /_faults":
		lines(w, s.Faults())
	case "POST /_faults":
		faults, err := readFaults(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = s.Fault(faults...)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	case "DELETE /_faults":
		s.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	case "POST /_release":
		s.Release()
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Error(w, "stripetest has no "+r.Method+" "+r.URL.Path, http.StatusNotFound)
	}
}

// readFaults reads one fault or an array of them. A field it doesn't know is an error, not a fault that never strikes.
func readFaults(r io.Reader) ([]Fault, error) {
	body, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	body = bytes.TrimSpace(body)
	if !bytes.HasPrefix(body, []byte("[")) {
		body = append(append([]byte("["), body...), ']')
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var faults []Fault
	if err := decoder.Decode(&faults); err != nil {
		return nil, fmt.Errorf("read faults: %w", err)
	}
	return faults, nil
}

func lines[T any](w http.ResponseWriter, list []T) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	out := json.NewEncoder(w)
	for _, v := range list {
		if out.Encode(v) != nil {
			return // the client has gone
		}
	}
}
