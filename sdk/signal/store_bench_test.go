//go:build unix

package signal

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// processor is the processor time that this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStoreSecond is a second of a store of 306 plates at 60 Hz, a bay each
// and now and then a hand at each: 18,360 samples. It tells what share of a core
// that is, in processor time, and how many such stores two cores carry.
func BenchmarkStoreSecond(b *testing.B) {
	const plates, hertz = 306, 60
	rnd := rand.New(rand.NewPCG(1, 1))
	noise := make([]float64, 4096)
	for i := range noise {
		noise[i] = 1000 + 10*rnd.NormFloat64()
	}
	bays := make([]*Bay, plates)
	for i := range bays {
		bays[i] = newBay(nil)
	}
	at, k := epoch, 0
	began := processor(b)
	b.ReportAllocs()
	for b.Loop() {
		for range hertz {
			at, k = at.Add(time.Second/hertz), k+1
			for i, bay := range bays {
				bay.Sample(at, noise[(k*7+i*13)%len(noise)]+400*float64((k+i*37)/900%2))
			}
		}
	}
	share := (processor(b) - began).Seconds() / float64(b.N)
	b.ReportMetric(100*share, "%-of-a-core")
	b.ReportMetric(2/share, "stores-on-two-cores")
	b.ReportMetric(plates*hertz/share, "samples/core-s")
}

// BenchmarkLanePassage is reads of a tag that goes through the lane again and again.
func BenchmarkLanePassage(b *testing.B) {
	reads := through(rand.New(rand.NewPCG(1, 1)), "tag", epoch, false)
	l := newLane(portal)
	began := processor(b)
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range reads {
			l.Read(r)
		}
		l.Close()
	}
	b.ReportMetric(float64(b.N*len(reads))/(processor(b)-began).Seconds(), "reads/core-s")
}
