from session import done
done()
