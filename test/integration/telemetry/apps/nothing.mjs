process.stdout.write('the app ran')
