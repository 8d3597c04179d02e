//go:build race

package image

func init() { raceDetector = true }
