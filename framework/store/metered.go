package store

import (
	"sync/atomic"
	"time"

	"github.com/openaisle/aisle/framework/journal"
)

// metered is a journal whose writing is measured.
type metered struct {
	journal.Journal
	took    func(time.Duration)
	written atomic.Uint64
}

// Append writes a group and notes how long that took.
func (m *metered) Append(drafts []journal.Draft) ([]journal.Entry, error) {
	began := time.Now()
	entries, err := m.Journal.Append(drafts)
	if err == nil && len(drafts) > 0 {
		m.took(time.Since(began))
		m.written.Add(uint64(len(drafts)))
	}
	return entries, err
}
