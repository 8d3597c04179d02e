package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
)

// ackedSuffix is what the name of a journal's note of what it acknowledged has more than the journal's.
const ackedSuffix = ".acked"

// ackedMagic begins a note; its last byte is the format's.
var ackedMagic = [8]byte{'a', 'i', 's', 'l', 'e', 'a', 'k', 1}

// ackedSize is how long a note is: well within a sector, so that it is never half of one and half of another.
const ackedSize = len(ackedMagic) + len(ID{}) + 8 + 8 + 32 + crc32.Size

// An acked is the note beside a journal of the last tail that it acknowledged.
//
// Whoever has only the file can't tell a bit that rotted in the end of SQLite's log from a write that was torn, and
// SQLite takes both for the end of the log: records that were acknowledged would be gone without a word. So each commit
// is noted once it is durable. The note itself is not synced: it may be behind what is durable, never ahead of it. One
// that is missing, foreign or unreadable says nothing, and one that can't be written is no failure of the journal.
type acked struct {
	path string
	id   ID
	file *os.File // nil until there was something to note
}

// note writes down that t is durable.
func (a *acked) note(t tail) {
	if a.file == nil {
		f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return // the next commit tries again
		}
		a.file = f
	}
	b := make([]byte, 0, ackedSize)
	b = append(append(b, ackedMagic[:]...), a.id[:]...)
	b = binary.BigEndian.AppendUint64(b, t.Seq)
	b = binary.BigEndian.AppendUint64(b, t.Marks)
	b = append(b, t.Hash[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	if _, err := a.file.WriteAt(b, 0); err != nil {
		return // it is behind then, or unreadable
	}
}

// last is the tail that was noted; ok is false where nothing is known.
func (a *acked) last() (t tail, ok bool) {
	id, t, ok := readAcked(a.path)
	return t, ok && id == a.id
}

// readAcked reads a note, whosever it is.
func readAcked(path string) (id ID, t tail, ok bool) {
	b, err := os.ReadFile(path)
	if err != nil || len(b) != ackedSize || !bytes.HasPrefix(b, ackedMagic[:]) {
		return ID{}, tail{}, false
	}
	body, check := b[:ackedSize-crc32.Size], b[ackedSize-crc32.Size:]
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(check) {
		return ID{}, tail{}, false
	}
	body = body[len(ackedMagic):]
	body = body[copy(id[:], body):]
	t.Seq, t.Marks = binary.BigEndian.Uint64(body), binary.BigEndian.Uint64(body[8:])
	copy(t.Hash[:], body[16:])
	return id, t, true
}

// unborn checks that a journal which is empty may be one: that none was here before.
func unborn(journal string) error {
	path := journal + ackedSuffix
	_, t, ok := readAcked(path)
	if !ok || t.Seq == 0 {
		return nil
	}
	return &DamageError{Path: journal, Reason: fmt.Sprintf("it is empty or missing, and %d records of it were acknowledged. "+
		"Put a copy of it in its place; whoever would rather begin a new one, with nothing known of visits and of money, removes %s", t.Seq, path)}
}

// held checks that a journal that ends at t has all that was noted before t was read.
func (a *acked) held(noted, t tail) error {
	damage := func(reason string) error {
		return &DamageError{Seq: t.Seq, Reason: fmt.Sprintf("%s: its end was damaged, or it is an older copy. "+
			"Put the right one in its place; whoever would rather lose those records for good removes %s", reason, a.path)}
	}
	switch {
	case t.Seq < noted.Seq:
		return damage(fmt.Sprintf("it ends here, and records up to %d were acknowledged", noted.Seq))
	case t.Marks < noted.Marks:
		return damage(fmt.Sprintf("it has %d snapshots, and %d were acknowledged", t.Marks, noted.Marks))
	case t.Seq == noted.Seq && t.Marks == noted.Marks && t.Hash != noted.Hash:
		return damage("it does not end in the record that was acknowledged")
	}
	return nil
}

func (a *acked) close() error {
	if a.file == nil {
		return nil
	}
	if err := a.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
		return err
	}
	return nil
}
