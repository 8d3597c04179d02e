package stripetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// A Movement is one thing that really happened to a card: a line of the ledger.
type Movement struct {
	// Credential is the payment method, or else the customer, that the host named when it asked for the hold.
	Credential string `json:"credential"`
	// Key is the movement's own: metadata aisle_key of a hold or refund, metadata aisle_capture_key of a capture;
	// where there is none the Idempotency-Key of the request. Empty where a hold lapsed by itself.
	Key string `json:"key"`
	// Op is authorize, capture, void or refund. A capture releases what it leaves of the hold; there is no line for that.
	Op string `json:"op"`
	// AmountMinor is in minor units of Currency; of a void, what was released.
	AmountMinor int64 `json:"amount_minor"`
	// Currency is the ISO 4217 code in upper case.
	Currency string `json:"currency"`
	// At is UTC, RFC 3339 with fractions.
	At string `json:"at"`
	// Reference is the PaymentIntent's id, for refunds too.
	Reference string `json:"reference"`
}

// A ledger keeps movements in memory and, where it has one, in a file. Its owner locks.
type ledger struct {
	file  *os.File
	moves []Movement
}

// openLedger opens the file to append to it. A torn last line, of a process killed as it wrote, was never answered
// and is cut off.
func openLedger(path string) (*ledger, error) {
	if path == "" {
		return &ledger{}, nil
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := cutTorn(file); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	return &ledger{file: file}, nil
}

func cutTorn(file *os.File) error {
	old, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	whole := int64(bytes.LastIndexByte(old, '\n') + 1)
	if err := file.Truncate(whole); err != nil {
		return err
	}
	_, err = file.Seek(whole, io.SeekStart)
	return err
}

// add records a movement, on disk where there is a file, before anyone may learn of it.
func (l *ledger) add(m Movement) error {
	if l.file != nil {
		line, err := json.Marshal(m)
		if err != nil {
			return err
		}
		if _, err := l.file.Write(append(line, '\n')); err != nil {
			return err
		}
		if err := l.file.Sync(); err != nil {
			return err
		}
	}
	l.moves = append(l.moves, m)
	return nil
}

func (l *ledger) close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// Ledger returns every movement since the start, oldest first.
func (s *Server) Ledger() []Movement {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.books.ledger.moves)
}

// stamp writes a time as the ledger has it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
