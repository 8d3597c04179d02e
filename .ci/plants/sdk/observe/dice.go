package observe

import (
	"math/rand/v2" // want depguard "pure-sdk': pure room"
	"os"           // want depguard "pure-sdk': pure room"
	"sync"         // want depguard "pure-sdk': pure room"

	"github.com/google/uuid" // want depguard "pure-sdk': pure room"
)

// Dice rolls.
func Dice(mu *sync.Mutex) (int, string) {
	mu.Lock()
	defer mu.Unlock()
	return rand.IntN(6), os.Getenv("DICE") + uuid.NewString() // want forbidigo "pure room: no randomness"
}
