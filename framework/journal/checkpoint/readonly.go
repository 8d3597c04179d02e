package checkpoint

import (
	"errors"
	"fmt"
	"os"

	"github.com/openaisle/aisle/framework/journal"
)

// OpenReadOnly opens the file of a journal's checkpoints as it is now, beside its
// writer: what is written from now on is not seen. The error is os.ErrNotExist
// where there is none, ErrFormat where another version made it. Save and Forget are
// not for such a file.
func OpenReadOnly(path string, j journal.Reader) (*File, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	f, err := open(path, j)
	if err != nil {
		return nil, fmt.Errorf("open checkpoints %s: %w", path, err)
	}
	// There is one connection, and it stays in this transaction.
	var n int
	_, err = f.db.Exec(`BEGIN DEFERRED`)
	if err == nil {
		err = f.db.QueryRow(`SELECT count(*) FROM point`).Scan(&n)
	}
	if err != nil {
		return nil, fmt.Errorf("open checkpoints %s: %w", path, errors.Join(err, f.Close()))
	}
	return f, nil
}
