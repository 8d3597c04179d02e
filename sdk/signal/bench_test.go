package signal

import (
	"math/rand/v2"
	"testing"
	"time"
)

func BenchmarkBaySample(b *testing.B) {
	bay := newBay(nil)
	rnd := rand.New(rand.NewPCG(1, 1))
	noise := make([]float64, 4096)
	for i := range noise {
		noise[i] = 1000 + 10*rnd.NormFloat64()
	}
	at := epoch
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		at = at.Add(time.Second / 60)
		bay.Sample(at, noise[i%len(noise)]+400*float64(i/600%2))
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

func BenchmarkLaneRead(b *testing.B) {
	l := newLane(portal)
	reads := through(rand.New(rand.NewPCG(1, 1)), "tag", epoch, false)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l.Read(reads[i%len(reads)])
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reads/s")
}
