package main

func attempts() {}
