package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
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
// that was killed is passed over by Running.
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
// announced in a folder, sorted. Notes that are out of date are removed.
func Running(ctx context.Context, folder string) []string {
	notes, err := os.ReadDir(folder)
	if err != nil {
		return nil // nothing was ever announced
	}
	var found []string
	for _, n := range notes {
		path := filepath.Join(folder, n.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		try, cancel := context.WithTimeout(ctx, dialWithin)
		c, err := Dial(try, string(data))
		cancel()
		var none *NotRunningError
		switch {
		case errors.As(err, &none):
			_ = os.Remove(path) // the host was killed
			continue
		case err != nil:
			continue
		}
		_ = c.Close()
		found = append(found, string(data))
	}
	slices.Sort(found)
	return found
}
