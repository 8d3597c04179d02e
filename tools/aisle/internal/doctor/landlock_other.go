//go:build !linux

package doctor

func landlock() Feature { return Feature{"landlock", false, "only Linux has it"} }
