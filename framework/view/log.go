package view

import "slices"

// write adds a line to the log. The lines before it are never written again, so
// that snapshots share them.
func (m *Model) write(l Line) {
	l.Seq = m.seq
	if l.At.IsZero() {
		l.At = m.at
	}
	if l.Tone == "" {
		l.Tone = TonePlain
	}
	if len(m.log) >= 2*KeptLines {
		m.log = slices.Clone(m.newestLines())
	}
	m.log = append(m.log, l)
	m.lines++
	m.changed.Log = m.seq
}

func (m *Model) newestLines() []Line {
	n := len(m.log)
	return m.log[max(0, n-KeptLines):n:n]
}
