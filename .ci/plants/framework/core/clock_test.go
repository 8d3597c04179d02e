package core

import (
	"testing"
	"time"
)

// Tests may use clocks, goroutines, floats and maps; nothing here is reported.
func TestFree(t *testing.T) {
	done := make(chan float64)
	go func() { done <- time.Since(time.Now()).Seconds() }()
	for k, v := range map[string]float64{"a": <-done} {
		t.Log(k, v)
	}
}
