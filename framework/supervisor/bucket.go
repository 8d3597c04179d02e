package supervisor

import "time"

// bucket is a token bucket of bytes (ITU-T I.371, the virtual scheduling
// algorithm). It is not for use by several goroutines at once.
type bucket struct {
	rate, burst int
	tokens      float64
	last        time.Time
}

func newBucket(rate, burst int, now time.Time) *bucket {
	return &bucket{rate: rate, burst: burst, tokens: float64(burst), last: now}
}

// take reports whether n bytes are within the limit, and takes them if so.
func (b *bucket) take(n int, now time.Time) bool {
	if d := now.Sub(b.last); d > 0 {
		b.tokens = min(float64(b.burst), b.tokens+d.Seconds()*float64(b.rate))
		b.last = now
	}
	if float64(n) > b.tokens {
		return false
	}
	b.tokens -= float64(n)
	return true
}
