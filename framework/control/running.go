package control

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// dialWithin is how long a store has to take a connection when it is looked
// for.
const dialWithin = time.Second

// Announce notes in a folder that a store runs on a data folder, so that
// commands find it. What it returns takes the note away again; that of a host
// that was killed stays, and Running tells it from the others.
func Announce(folder, data string) (withdraw func() error, err error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("announce the store: %w", err)
	}
	sum := sha256.Sum256([]byte(data))
	path := filepath.Join(folder, hex.EncodeToString(sum[:8]))
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		return nil, fmt.Errorf("announce the store: %w", err)
	}
	return func() error { return os.Remove(path) }, nil
}

// Folder is where the stores of this user are announced.
func Folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(cache, "aisle", "running"), nil
}

// Running gives the data folders in which a store runs now, of those that were
// announced in a folder, sorted, and those in which one ended without being
// stopped (it was killed, or the machine was), the last to begin first. Notes of
// folders that are gone are removed.
func Running(ctx context.Context, folder string) (running, ended []string) {
	notes, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil // nothing was ever announced
	}
	began := map[string]time.Time{}
	for _, n := range notes {
		path := filepath.Join(folder, n.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		data := string(b)
		try, cancel := context.WithTimeout(ctx, dialWithin)
		c, err := Dial(try, data)
		cancel()
		var none *NotRunningError
		switch {
		case errors.As(err, &none):
			if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
				_ = os.Remove(path) // nobody can go on with it
				continue
			}
			if i, err := n.Info(); err == nil {
				began[data] = i.ModTime()
			}
			ended = append(ended, data)
		case err == nil:
			_ = c.Close()
			running = append(running, data)
		}
	}
	slices.Sort(running)
	slices.SortFunc(ended, func(a, b string) int { return cmp.Or(began[b].Compare(began[a]), cmp.Compare(a, b)) })
	return running, ended
}
